#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/runtime/data/dataset.hpp>

namespace foregraph {

/// Copies rows of some fields of a data set to where they are wanted, one after another. Rows in
/// memory are fetched ahead of the copy. Allocates in the constructor only; for one thread.
class RowReader {
 public:
  /// At most `most_rows` rows at a time.
  RowReader(const Dataset& dataset, std::int64_t most_rows);

  /// Field i goes to `to[i]`, unless that is null.
  void read(std::span<const std::int64_t> rows, std::span<std::byte* const> to);

 private:
  Dataset dataset_;
  std::vector<std::int64_t> selected_;  ///< rows of the source
  std::vector<std::byte*> wanted_;      ///< from the source, of one row
};

}  // namespace foregraph
