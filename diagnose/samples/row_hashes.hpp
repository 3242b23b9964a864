#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::checks {

/// Hashes of rows of a data set as they are stored, before any stage.
struct RowHashes {
  std::vector<std::uint64_t> hashes;
  std::int64_t population = 0;  ///< rows there are
  [[nodiscard]] double share() const {
    return population > 0 ? static_cast<double>(hashes.size()) / static_cast<double>(population)
                          : 0;
  }
};

/// Of the fields `names`, in this order, of up to 20,000 rows, evenly spread, of at most 64 MiB,
/// for at most about `most_seconds`. Empty if a field is missing. Throws what the source does.
[[nodiscard]] RowHashes row_hashes(const Dataset& data, const std::vector<std::string>& names,
                                   double most_seconds);

}  // namespace foregraph::checks
