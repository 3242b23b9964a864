#pragma once

#include <cstddef>

#include <foregraph/detail/base/bytes.hpp>

namespace foregraph {

/// The number of threads a program gets that asks for none in particular: FOREGRAPH_THREADS if it
/// is set, else the cores this process may use, by its affinity and the CPU quota of its control
/// groups. Asked once. Throws UsageError if FOREGRAPH_THREADS is no number from 1 to max_threads.
[[nodiscard]] int default_threads();

inline constexpr int max_threads = 256;

/// What an option `threads` means: 0 is default_threads(). Throws UsageError if it is out of range.
[[nodiscard]] int threads_for(int option);

/// The rules behind default_threads(). `request` is the variable's value, empty if it is not set.
[[nodiscard]] int choose_threads(const char* request, int cores);
/// The cores' worth of time that the control groups of this process allow, rounded up; 0 if there
/// is no limit. `root` is where the system's files are looked for.
[[nodiscard]] int cores_of_quota(const char* root = "/");

/// Makes the process' one pool ready for programs of `threads` threads, the calling one among
/// them, and `scratch` bytes of workspace for each of the others; both never shrink. Threads sleep
/// while there is nothing to do. They are for arithmetic only: threads that read data are the
/// loader's, OpenBLAS has none of its own.
///
/// Several programs that run at once share the pool: it works for one at a time, and a program that
/// finds it busy does its loop on its own thread. After fork() a child has no pool, and works on
/// one thread. If the system refuses a thread, those that are there do the work, and stderr says so
/// once. Throws UsageError if `threads` is out of range, BudgetError if there is no memory for
/// `scratch`.
void reserve_threads(int threads, std::size_t scratch = 0);

/// What the pool holds: its threads besides the callers', and the bytes of their workspaces.
struct PoolSize {
  int workers = 0;
  Bytes scratch{};
};
[[nodiscard]] PoolSize thread_pool_size();

}  // namespace foregraph
