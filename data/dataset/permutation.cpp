#include <foregraph/detail/base/random.hpp>
#include <foregraph/detail/data/dataset/permutation.hpp>
#include <utility>

namespace foregraph::data {
namespace {

__extension__ typedef unsigned __int128 Wide;

template <class Row>
void shuffle_rows(std::span<Row> rows, std::uint64_t seed, std::uint64_t epoch) {
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<Row>(i);
  std::uint64_t counter = 0;
  for (std::size_t i = rows.size(); i > 1; --i) {
    // Draw a number below i: the high half of a 64 x 64-bit product. Draws whose low half falls
    // into the biased remainder are rejected.
    const auto bound = static_cast<std::uint64_t>(i);
    auto product = static_cast<Wide>(random_bits(seed, epoch, counter++)) * bound;
    if (static_cast<std::uint64_t>(product) < bound) {
      const std::uint64_t rest = (0 - bound) % bound;
      while (static_cast<std::uint64_t>(product) < rest)
        product = static_cast<Wide>(random_bits(seed, epoch, counter++)) * bound;
    }
    std::swap(rows[i - 1], rows[static_cast<std::size_t>(product >> 64)]);
  }
}

}  // namespace

void permute(std::span<std::int64_t> rows, std::uint64_t seed, std::uint64_t epoch) {
  shuffle_rows(rows, seed, epoch);
}
void permute(std::span<std::uint32_t> rows, std::uint64_t seed, std::uint64_t epoch) {
  shuffle_rows(rows, seed, epoch);
}

}  // namespace foregraph::data
