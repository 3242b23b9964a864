#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/planner/constrained/constraints.hpp>

/// Files of buffers to place, in the public format of allocation benchmarks: a header, then lines
/// of `id,lower,upper,size`. A buffer is live in [lower, upper); its size is in bytes. Further
/// columns may follow in any order, and their fields may be empty: `alignment`; `gaps`, of the form
/// `3-7 9-12@0:64`, in which nothing or only the bytes 0 to 64 are in use; and `offset`, at which
/// the buffer has to stay.
namespace foregraph::cli {

struct AllocationFile {
  std::string path;
  std::vector<std::string> ids;
  std::vector<std::string> lowers;  ///< as in the file
  std::vector<std::string> uppers;
  std::vector<std::string> columns{};        ///< after the first four
  std::vector<std::string> alignments{};     ///< as in the file; empty without the column
  std::vector<std::string> gaps{};           ///< as in the file; empty without the column
  std::vector<ConstrainedBuffer> buffers{};  ///< with times replaced by their rank in the file
  std::optional<std::int64_t> capacity{};    ///< if the file is called NAME.N.csv or NAME.capN.csv
};

/// Reads a file. Throws DataError with file and line if it is unreadable or a line is invalid.
[[nodiscard]] AllocationFile read_allocation(const std::string& path);

/// Writes the lines of the file with the offsets, in its columns and `offset`, with write_file(),
/// and throws as it does. The result can be read again: all its buffers are fixed.
void write_allocation(const std::string& path, const AllocationFile& file,
                      const Placement& placement);

}  // namespace foregraph::cli
