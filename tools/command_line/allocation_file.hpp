#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/planner/packing/placement.hpp>

/// Files of buffers to place, in the public format of allocation benchmarks: a header, then lines
/// of `id,lower,upper,size`. A buffer is live in [lower, upper); its size is in bytes.
namespace foregraph::cli {

struct AllocationFile {
  std::string path;
  std::vector<std::string> ids;
  std::vector<std::string> lowers;  ///< as in the file
  std::vector<std::string> uppers;
  std::vector<LiveRange> ranges;           ///< with times replaced by their rank in the file
  std::optional<std::int64_t> capacity{};  ///< if the file is called NAME.N.csv or NAME.capN.csv
};

/// Reads a file. Throws DataError with file and line if it is unreadable or a line is invalid.
[[nodiscard]] AllocationFile read_allocation(const std::string& path);

/// Writes lines of `id,lower,upper,size,offset` with write_file(), and throws as it does.
void write_allocation(const std::string& path, const AllocationFile& file,
                      const Placement& placement);

}  // namespace foregraph::cli
