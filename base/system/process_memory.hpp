#pragma once

#include <optional>
#include <string>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// Resident memory of this process, as counted by the kernel: pages of RAM, including shared ones.
struct ProcessMemory {
  Bytes peak{};       ///< the peak so far (VmHWM)
  Bytes resident{};   ///< current (VmRSS): the sum of the two below
  Bytes anonymous{};  ///< heap, stacks, arenas, BLAS buffers
  Bytes mapped{};     ///< file pages: its code, its libraries, shared memory
};

/// Reads /proc/self/status and, if present, /proc/self/smaps_rollup, whose numbers are exact, while
/// those in status may lag by a few pages per thread. About 0.1 ms. Returns nothing without /proc,
/// as on systems other than Linux. `root` is for tests.
[[nodiscard]] FOREGRAPH_EXPORT std::optional<ProcessMemory> process_memory(
    const std::string& root = "/");

/// Returns freed memory to the system where the C library would keep it for later allocations.
/// About 0.1 ms. Does nothing without glibc.
FOREGRAPH_EXPORT void return_freed_memory();

}  // namespace foregraph
