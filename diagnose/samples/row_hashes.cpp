#include <algorithm>
#include <chrono>
#include <cstring>
#include <foregraph/detail/base/random.hpp>
#include <foregraph/detail/diagnose/samples/row_hashes.hpp>

namespace foregraph::checks {
namespace {

constexpr std::int64_t most_hashed_rows = 20'000;
constexpr std::int64_t most_hashed_bytes = std::int64_t{64} << 20;

/// Hashes eight bytes at a time through spread_bits(), which is a bijection: rows that differ in
/// only one word never collide; others collide by chance once in 2^64.
std::uint64_t hash_of(const std::byte* bytes, std::int64_t count, std::uint64_t hash) {
  for (; count >= 8; count -= 8, bytes += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes, 8);
    hash = spread_bits((hash ^ word) + 0x9e3779b97f4a7c15ULL);
  }
  std::uint64_t word = static_cast<std::uint64_t>(count);
  std::memcpy(reinterpret_cast<std::byte*>(&word) + 1, bytes,
              static_cast<std::size_t>(std::min<std::int64_t>(count, 7)));
  return spread_bits((hash ^ word) + 0x9e3779b97f4a7c15ULL);
}

}  // namespace

RowHashes row_hashes(const data::Dataset& data, const std::vector<std::string>& names,
                     double most_seconds) {
  const auto start = std::chrono::steady_clock::now();
  RowHashes result;
  result.population = data.size();
  std::vector<std::vector<std::byte>> rows(data.fields().size());
  std::vector<std::byte*> to(rows.size(), nullptr);
  std::vector<std::size_t> wanted;
  std::int64_t bytes = 0;
  for (const std::string& name : names) {
    const std::ptrdiff_t field = data.find(name);
    if (field < 0) return result;
    const auto i = static_cast<std::size_t>(field);
    wanted.push_back(i);
    rows[i].resize(static_cast<std::size_t>(data.fields()[i].row_bytes()));
    to[i] = rows[i].data();
    bytes += data.fields()[i].row_bytes();
  }
  if (wanted.empty()) return result;
  const std::int64_t count =
      std::min({data.size(), most_hashed_rows,
                std::max<std::int64_t>(1, most_hashed_bytes / std::max<std::int64_t>(1, bytes))});
  for (std::int64_t i = 0; i < count; ++i) {
    data.read(static_cast<std::int64_t>(static_cast<double>(i) * static_cast<double>(data.size()) /
                                        static_cast<double>(count)),
              to);
    std::uint64_t hash = 0;
    for (const std::size_t field : wanted)
      hash = hash_of(rows[field].data(), static_cast<std::int64_t>(rows[field].size()), hash);
    result.hashes.push_back(hash);
    if (i % 64 == 63 &&
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() >
            most_seconds)
      break;
  }
  return result;
}

}  // namespace foregraph::checks
