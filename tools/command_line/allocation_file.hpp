#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/planner/packing/placement.hpp>

/// Files of buffers to be placed, in the public format of allocation benchmarks: lines of
/// `id,lower,upper,size` below a header that says so; a buffer is alive in [lower, upper), its size
/// is in bytes.
namespace foregraph::cli {

struct AllocationFile {
  std::string path;
  std::vector<std::string> ids;
  std::vector<std::string> lowers;  ///< as in the file
  std::vector<std::string> uppers;
  std::vector<LiveRange> ranges;           ///< times by their rank among all in the file
  std::optional<std::int64_t> capacity{};  ///< if the file is called NAME.N.csv or NAME.capN.csv
};

/// Throws DataError with file and line if it cannot be read or a line is wrong.
[[nodiscard]] AllocationFile read_allocation(const std::string& path);

/// Writes `id,lower,upper,size,offset` by write_file(), with what that throws.
void write_allocation(const std::string& path, const AllocationFile& file,
                      const Placement& placement);

}  // namespace foregraph::cli
