#include <foregraph/detail/base/random.hpp>
#include <foregraph/detail/data/dataset/permutation.hpp>
#include <utility>

namespace foregraph::data {
namespace {

template <class Row>
void shuffle_rows(std::span<Row> rows, std::uint64_t seed, std::uint64_t epoch) {
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<Row>(i);
  std::uint64_t counter = 0;
  for (std::size_t i = rows.size(); i > 1; --i) {
    // Draw a number below i: the high half of a 64 x 64-bit product. Draws whose low half falls
    // into the biased remainder are rejected.
    const auto bound = static_cast<std::uint64_t>(i);
    WideProduct product = wide_product(random_bits(seed, epoch, counter++), bound);
    if (product.low < bound) {
      const std::uint64_t rest = (0 - bound) % bound;
      while (product.low < rest) product = wide_product(random_bits(seed, epoch, counter++), bound);
    }
    std::swap(rows[i - 1], rows[static_cast<std::size_t>(product.high)]);
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
