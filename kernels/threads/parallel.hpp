#pragma once

#include <cstddef>
#include <cstdint>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/kernel.hpp>

/// Parallel loops for kernels: loops are split into chunks, which run on the threads of one pool
/// (see thread_pool.hpp). The split depends only on the loop, so results never depend on the
/// threads.
namespace foregraph {

namespace detail {
/// The number of threads parallel_for() may use on this thread, and the index of this thread.
struct ThreadRole {
  int threads = 1;
  int worker = 0;
};
FOREGRAPH_EXPORT extern constinit thread_local ThreadRole thread_role;

/// Calls body(context, chunk) for the chunks [0, chunks).
using ChunkFn = void (*)(const void* context, std::int64_t chunk);
FOREGRAPH_EXPORT void run_chunks(std::int64_t chunks, ChunkFn body, const void* context);
}  // namespace detail

/// Returns the number of threads that parallel_for() may use here: the threads of the running
/// program, but 1 inside a chunk that may run in parallel, so nested loops run on one thread.
[[nodiscard, gnu::always_inline]] inline int threads_here() {
  return detail::thread_role.threads;
}
/// Returns 0 on the thread that called parallel_for(), 1 to threads - 1 on other threads that run
/// its chunks, and 0 outside chunks.
[[nodiscard, gnu::always_inline]] inline int worker_index() {
  return detail::thread_role.worker;
}

/// Lets parallel_for() on this thread use `threads` threads, at least 1, during its lifetime.
class UseThreads {
 public:
  /// Lets loops of this thread use `threads` threads until the object is destroyed.
  [[gnu::always_inline]] explicit UseThreads(int threads) : before_(detail::thread_role.threads) {
    detail::thread_role.threads = threads;
  }
  [[gnu::always_inline]] ~UseThreads() { detail::thread_role.threads = before_; }
  UseThreads(const UseThreads&) = delete;
  UseThreads& operator=(const UseThreads&) = delete;

 private:
  int before_;
};

/// Calls body(begin, end) for all of [0, count) in chunks of `chunk`; the last chunk may be
/// smaller. One thread runs the chunks in ascending order. With several threads, each chunk runs on
/// any free thread; the caller takes part and returns when all chunks are done. If chunks throw,
/// rethrows the exception of the first chunk that failed, after all started chunks have ended;
/// others may not have run.
///
/// Dispatch to threads costs 1-3 microseconds, which pays off for chunks of 10 microseconds or
/// more. Results are equal for any number of threads if chunks share only data they read, or if
/// partial results are combined in the order of the chunks.
template <class Body>
[[gnu::always_inline]] inline void parallel_for(std::int64_t count, std::int64_t chunk,
                                                const Body& body) {
  if (count <= 0) return;
  if (count <= chunk || threads_here() <= 1) {
    for (std::int64_t begin = 0; begin < count; begin += chunk)
      body(begin, count - begin < chunk ? count : begin + chunk);
    return;
  }
  struct Loop {
    std::int64_t count, chunk;
    const Body* body;
  } const loop{count, chunk, &body};
  detail::run_chunks((count - 1) / chunk + 1,
                     [](const void* context, std::int64_t index) {
                       const Loop& l = *static_cast<const Loop*>(context);
                       const std::int64_t begin = index * l.chunk;
                       (*l.body)(begin, l.count - begin < l.chunk ? l.count : begin + l.chunk);
                     },
                     &loop);
}

/// Least elements of a chunk: the first for kernels that compute exponentials or make several
/// passes, the second for kernels that do little more than read or write elements.
inline constexpr std::int64_t elements_worth_a_thread = 16 * 1024;
/// Elements to read for which a second thread is worth its start.
inline constexpr std::int64_t elements_read_worth_a_thread = 64 * 1024;

/// Calls body(begin, end) for `count` rows (pixels, samples, ...) of `elements` elements each, in
/// chunks of about `worth` elements, at least one row; smaller loops run inline in one call.
template <class Body>
[[gnu::always_inline]] inline void parallel_for_rows(std::int64_t count, std::int64_t elements,
                                                     std::int64_t worth, const Body& body) {
  parallel_for(count, 1 + worth / (elements + 1), body);
}

/// Calls visit(row) for each of `count` rows, in chunks as in parallel_for_rows().
template <class Visit>
[[gnu::always_inline]] inline void for_each_row(std::int64_t count, std::int64_t elements,
                                                std::int64_t worth, const Visit& visit) {
  parallel_for_rows(count, elements, worth, [&](std::int64_t begin, std::int64_t end) {
    const Visit own = visit;  // so that captured values stay in registers
    for (std::int64_t row = begin; row < end; ++row) own(row);
  });
}

/// Returns the workspace of the current chunk: the op's planned workspace on the thread that runs
/// the program, memory of the program of at least the same size on other threads. Only for ops with
/// OpDef::workspace_per_thread.
[[nodiscard]] FOREGRAPH_EXPORT void* workspace_of(const KernelCall& call);

}  // namespace foregraph
