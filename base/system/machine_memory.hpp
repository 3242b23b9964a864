#pragma once

#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/bytes.hpp>

/// How much memory this process may still take. Linux; elsewhere nothing is known.
namespace foregraph {

struct MachineMemoryOptions {
  /// Where /proc and /sys are looked for; for tests.
  std::string root = "/";
  /// What is left alone of the memory that is free: so many per cent, but at least `least_margin`.
  /// It is for what a plan does not count: BLAS buffers, code not loaded yet, the pipeline's
  /// thread; and for other processes that grow meanwhile.
  int margin_percent = 5;
  Bytes least_margin{std::int64_t{16} << 20};
};

/// One of the limits a process is under.
struct MemoryLimit {
  std::string source;  ///< "cgroup /sys/fs/cgroup/app memory.max"
  Bytes limit{};
  std::optional<Bytes> in_use;  ///< counted against the limit, without what is reclaimable
  /// What may still be taken; 0 if more is in use than allowed.
  [[nodiscard]] Bytes free() const;
};

struct MachineMemory {
  std::vector<MemoryLimit> limits;  ///< all that were found, the tightest first
  Bytes margin{};                   ///< taken off the tightest
  /// What may still be taken less the margin, at least 0; empty if no limit is known.
  std::optional<Bytes> budget;
};

/// Reads, each time anew (some ten small files, below a millisecond):
///
/// 1. control groups, version 2: memory.max and memory.high less memory.current, and version 1:
///    memory.limit_in_bytes less memory.usage_in_bytes; of the process' own group and each one
///    above it. Page cache not in active use (inactive_file in memory.stat) counts as free: the
///    kernel drops it before it refuses memory;
/// 2. RLIMIT_AS and RLIMIT_DATA (`ulimit -v`, `ulimit -d`) less VmSize and VmData;
/// 3. MemAvailable of /proc/meminfo, the kernel's estimate of what can be had without swapping.
///
/// Files that are missing or cannot be understood give no limit, and are no error.
[[nodiscard]] MachineMemory machine_memory(const MachineMemoryOptions& options = {});

/// "cgroup /sys/fs/cgroup/app memory.max 512 MiB, 97.0 MiB of it in use; 20.8 MiB are left as
/// margin". "no limit is known" if there is none.
[[nodiscard]] std::string describe(const MachineMemory& memory);

}  // namespace foregraph
