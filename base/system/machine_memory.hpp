#pragma once

#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/export.hpp>

/// The memory this process may still take. Linux; elsewhere nothing is known.
namespace foregraph {

/// Where to look up the memory of the machine, and how much of it to leave to others.
struct MachineMemoryOptions {
  /// Folder in which /proc and /sys are looked up; for tests.
  std::string root = "/";
  /// Percentage of the free memory to leave unused, but at least `least_margin`. It covers memory
  /// that a plan does not count (BLAS buffers, code not loaded yet, the pipeline's thread) and
  /// other processes that grow meanwhile.
  int margin_percent = 5;
  Bytes least_margin{std::int64_t{16} << 20};  ///< least number of bytes to leave
};

/// A limit that applies to the process.
struct FOREGRAPH_EXPORT MemoryLimit {
  std::string source;           ///< "cgroup /sys/fs/cgroup/app memory.max"
  Bytes limit{};                ///< the most that it allows
  std::optional<Bytes> in_use;  ///< counted against the limit, without reclaimable memory
  /// Returns the memory that may still be taken; 0 if more is in use than allowed.
  [[nodiscard]] Bytes free() const;
};

/// The memory that the machine has left for this process.
struct MachineMemory {
  std::vector<MemoryLimit> limits;  ///< all limits found, the tightest first
  Bytes margin{};                   ///< subtracted from the tightest
  /// The memory that may still be taken less the margin, at least 0; empty if no limit is known.
  std::optional<Bytes> budget;
};

/// Reads the limits afresh at each call (about ten small files, below a millisecond):
///
/// 1. control groups, version 2: memory.max and memory.high less memory.current, and version 1:
///    memory.limit_in_bytes less memory.usage_in_bytes; of the process's group and each one above
///    it. Page cache not in active use (inactive_file in memory.stat) counts as free: the kernel
///    drops it before it refuses memory;
/// 2. RLIMIT_AS and RLIMIT_DATA (`ulimit -v`, `ulimit -d`) less VmSize and VmData;
/// 3. MemAvailable of /proc/meminfo, the kernel's estimate of memory available without swapping.
///
/// Missing or unparsable files give no limit and are not an error.
[[nodiscard]] FOREGRAPH_EXPORT MachineMemory
machine_memory(const MachineMemoryOptions& options = {});

/// Returns a text such as "cgroup /sys/fs/cgroup/app memory.max 512 MiB, 97.0 MiB of it in use;
/// 20.8 MiB kept in reserve", or "no limit is known" if there is none.
[[nodiscard]] FOREGRAPH_EXPORT std::string describe(const MachineMemory& memory);

}  // namespace foregraph
