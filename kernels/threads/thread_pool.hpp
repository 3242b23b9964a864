#pragma once

#include <cstddef>
#include <cstdint>

#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// Returns the default number of threads of a program: FOREGRAPH_THREADS if it is set, else the
/// number of cores this process may use, by its affinity and the CPU quota of its control groups.
/// Determined once. Throws UsageError if FOREGRAPH_THREADS is not a number from 1 to max_threads.
[[nodiscard]] FOREGRAPH_EXPORT int default_threads();

/// Largest number of threads of a program.
inline constexpr int max_threads = 256;

/// Returns the number of threads for an option `threads`; 0 stands for default_threads(). Throws
/// UsageError if it is out of range.
[[nodiscard]] FOREGRAPH_EXPORT int threads_for(int option);

/// Returns the default number of threads for `cores` cores. `request` is the value of
/// FOREGRAPH_THREADS, null or empty if it is not set.
[[nodiscard]] FOREGRAPH_EXPORT int choose_threads(const char* request, int cores);
/// Returns the CPU quota of this process's control groups in cores, rounded up; 0 if there is no
/// limit. `root` is the root folder of the system's files.
[[nodiscard]] FOREGRAPH_EXPORT int cores_of_quota(const char* root = "/");

/// Prepares the process-wide pool for programs of `threads` threads, including the calling thread.
/// It never shrinks. Idle threads sleep. The pool is for arithmetic only: the loader has separate
/// threads to read data, and OpenBLAS runs without threads.
///
/// Programs that run at the same time share the pool: it works for one of them at a time, and a
/// program that finds it busy runs its loop on the calling thread. After fork() the child has no
/// pool and works on one thread. If the system refuses a thread, the existing ones do the work, and
/// a message is printed to stderr once. Throws UsageError if `threads` is out of range.
FOREGRAPH_EXPORT void reserve_threads(int threads);

namespace detail {
/// The workspaces of the pool's threads for the loops of one thread: `bytes` for each of them, one
/// after the other from `first` on.
struct ThreadWorkspaces {
  std::byte* first = nullptr;
  std::int64_t bytes = 0;
};
/// Lends memory to the pool's threads, for the loops that the calling thread starts during the
/// object's lifetime. See workspace_of().
class FOREGRAPH_EXPORT LendWorkspaces {
 public:
  /// Lends `workspaces` until the object is destroyed.
  explicit LendWorkspaces(ThreadWorkspaces workspaces);
  ~LendWorkspaces();
  LendWorkspaces(const LendWorkspaces&) = delete;
  LendWorkspaces& operator=(const LendWorkspaces&) = delete;

 private:
  ThreadWorkspaces before_;
};
}  // namespace detail

/// The size of the pool.
struct PoolSize {
  /// Threads besides the callers.
  int workers = 0;
};
/// Returns the present size of the pool.
[[nodiscard]] FOREGRAPH_EXPORT PoolSize thread_pool_size();

}  // namespace foregraph
