#pragma once

#include <cstddef>
#include <cstdint>

#include <foregraph/detail/graph/kernel.hpp>

/// How kernels use the cores: loops cut in chunks, which run on the threads of one pool (see
/// thread_pool.hpp). The cut depends on the loop alone, so results never depend on the threads.
namespace foregraph {

namespace detail {
/// How many threads parallel_for() may use on this thread, and which of them runs this chunk.
struct ThreadRole {
  int threads = 1;
  int worker = 0;
};
extern constinit thread_local ThreadRole thread_role;

/// Runs the chunks [0, chunks); `body` with its `context` gets the number of a chunk.
using ChunkFn = void (*)(const void* context, std::int64_t chunk);
void run_chunks(std::int64_t chunks, ChunkFn body, const void* context);
}  // namespace detail

/// The number of threads that parallel_for() may use here: what the running program was given, and
/// 1 inside a chunk that may run beside others: loops within loops run on one thread.
[[nodiscard, gnu::always_inline]] inline int threads_here() {
  return detail::thread_role.threads;
}
/// Inside a chunk: 0 on the thread that called parallel_for(), else 1 to threads - 1. Outside 0.
[[nodiscard, gnu::always_inline]] inline int worker_index() {
  return detail::thread_role.worker;
}

/// While it lives, this thread's parallel_for() may use `threads` threads, at least 1.
class UseThreads {
 public:
  [[gnu::always_inline]] explicit UseThreads(int threads) : before_(detail::thread_role.threads) {
    detail::thread_role.threads = threads;
  }
  [[gnu::always_inline]] ~UseThreads() { detail::thread_role.threads = before_; }
  UseThreads(const UseThreads&) = delete;
  UseThreads& operator=(const UseThreads&) = delete;

 private:
  int before_;
};

/// Calls body(begin, end) for all of [0, count), `chunk` at a time, the last time maybe fewer. On
/// one thread in ascending order. On several, chunks go to whichever thread is free; the caller
/// takes part and returns when all are done. What a body throws is thrown here, that of the first
/// chunk that failed, after the chunks begun have ended; others may not have run.
///
/// To hand over costs 1-3 microseconds: worth it for chunks of at least 10. Results are the same
/// for any number of threads if chunks share nothing but what they read, or if what they write by
/// chunk is put together in the order of the chunks.
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

/// Elements that a chunk should have at least, for kernels that compute exponentials or go over
/// them several times, and for those that do little more than read or write them.
inline constexpr std::int64_t elements_worth_a_thread = 16 * 1024;
inline constexpr std::int64_t elements_read_worth_a_thread = 64 * 1024;

/// The same for `count` rows (pixels, samples, ...) of `elements` each, so many at a time that they
/// have `worth` elements; if all together have fewer, with one call on this thread.
template <class Body>
[[gnu::always_inline]] inline void parallel_for_rows(std::int64_t count, std::int64_t elements,
                                                     std::int64_t worth, const Body& body) {
  parallel_for(count, 1 + worth / (elements + 1), body);
}

/// Calls visit(row) for each of them, cut in the same way.
template <class Visit>
[[gnu::always_inline]] inline void for_each_row(std::int64_t count, std::int64_t elements,
                                                std::int64_t worth, const Visit& visit) {
  parallel_for_rows(count, elements, worth, [&](std::int64_t begin, std::int64_t end) {
    const Visit own = visit;  // so that what it has copies of stays in registers
    for (std::int64_t row = begin; row < end; ++row) own(row);
  });
}

/// Scratch memory for the chunk that runs: the op's planned workspace on the thread that runs the
/// program, memory of the pool of at least the same size on others. Only for ops with
/// OpDef::workspace_per_thread.
[[nodiscard]] void* workspace_of(const KernelCall& call);

}  // namespace foregraph
