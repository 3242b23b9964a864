#pragma once

#include <optional>
#include <string>

#include <foregraph/detail/base/bytes.hpp>

namespace foregraph {

/// The memory this process really has, as the kernel counts it: pages of RAM, shared ones included.
struct ProcessMemory {
  Bytes peak{};       ///< the most it ever had (VmHWM)
  Bytes resident{};   ///< what it has now (VmRSS): the sum of the two below
  Bytes anonymous{};  ///< heap, stacks, arenas, BLAS buffers
  Bytes mapped{};     ///< pages of files: its code, its libraries, shared memory
};

/// Reads /proc/self/status, and /proc/self/smaps_rollup where there is one: its numbers are exact,
/// while those of status may lag behind by some pages a thread. Some 0.1 ms. Nothing where there is
/// no /proc, as on other systems than Linux. `root` is for tests.
[[nodiscard]] std::optional<ProcessMemory> process_memory(const std::string& root = "/");

/// Gives memory that was freed back to the system, where the C library keeps it for the next
/// allocation. Some 0.1 ms. Does nothing without glibc.
void return_freed_memory();

}  // namespace foregraph
