#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/graph/checked_size.hpp>

namespace foregraph::data {

/// Copies rows of some fields of a data set to given addresses, one after another. Prefetches rows
/// in memory ahead of the copy. Allocates only in the constructor. Not thread-safe.
class RowReader {
 public:
  /// Creates a reader for at most `most_rows` rows at a time.
  RowReader(const Dataset& dataset, std::int64_t most_rows);

  /// Copies field i of the rows to `to[i]`, unless null.
  void read(std::span<const std::int64_t> rows, std::span<std::byte* const> to);

  /// Returns the memory that the data set's sources need per reading thread; see Source.
  [[nodiscard]] static CheckedSize bytes_per_reader(const Dataset& dataset);

 private:
  Dataset dataset_;
  std::vector<std::int64_t> selected_;  ///< row numbers in the source
  std::vector<std::byte*> wanted_;      ///< destinations of one row, for the source
};

/// Reads the given fields of `rows`, many rows at a time, and calls `use(row, addresses)` for each
/// row in turn, with the address of each field (null for the others), until `use` returns false.
template <class Use>
void for_each_row(const Dataset& data, std::span<const std::size_t> fields,
                  std::span<const std::int64_t> rows, Use use) {
  constexpr std::int64_t block_bytes = 1 << 16;
  constexpr std::int64_t most_rows = 256;
  std::int64_t largest = 1;
  for (const std::size_t field : fields)
    largest = std::max(largest, data.fields()[field].row_bytes());
  const std::int64_t block = std::clamp<std::int64_t>(block_bytes / largest, 1, most_rows);
  std::vector<std::vector<double>> memory;  // doubles, for alignment
  std::vector<std::byte*> first(data.fields().size(), nullptr);
  for (const std::size_t field : fields) {
    memory.emplace_back(
        static_cast<std::size_t>((data.fields()[field].row_bytes() * block + 7) / 8));
    first[field] = reinterpret_cast<std::byte*>(memory.back().data());
  }
  RowReader reader(data, block);
  std::vector<std::byte*> at;
  while (!rows.empty()) {
    const auto some = rows.first(std::min(rows.size(), static_cast<std::size_t>(block)));
    rows = rows.subspan(some.size());
    reader.read(some, first);
    at = first;
    for (const std::int64_t row : some) {
      if (!use(row, std::span<std::byte* const>(at))) return;
      for (const std::size_t field : fields) at[field] += data.fields()[field].row_bytes();
    }
  }
}

/// Calls `use(row, address)` for one field of every row, until `use` returns false.
template <class Use>
void for_each_row(const Dataset& data, std::size_t field, Use use) {
  std::vector<std::int64_t> rows;
  for (std::int64_t first = 0; first < data.size();
       first += static_cast<std::int64_t>(rows.size())) {
    rows.resize(static_cast<std::size_t>(std::min<std::int64_t>(data.size() - first, 4096)));
    std::iota(rows.begin(), rows.end(), first);
    bool goes_on = true;
    for_each_row(data, std::span(&field, 1), rows, [&](std::int64_t row, const auto& at) {
      return goes_on = use(row, static_cast<const std::byte*>(at[field]));
    });
    if (!goes_on) return;
  }
}

}  // namespace foregraph::data
