#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::checks {

/// Hashes of data-set rows as stored, before any stage.
struct RowHashes {
  std::vector<std::uint64_t> hashes;
  std::int64_t population = 0;  ///< number of rows in the data set
  [[nodiscard]] double share() const {
    return population > 0 ? static_cast<double>(hashes.size()) / static_cast<double>(population)
                          : 0;
  }
};

/// Hashes the fields `names`, in this order, of up to 20,000 evenly spread rows, of at most 64 MiB,
/// for at most about `most_seconds`. Empty if a field is missing. Throws any exception of the
/// source.
[[nodiscard]] RowHashes row_hashes(const data::Dataset& data, const std::vector<std::string>& names,
                                   double most_seconds);

}  // namespace foregraph::checks
