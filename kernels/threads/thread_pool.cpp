#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/control_groups.hpp>
#include <foregraph/detail/base/system/proc_files.hpp>
#include <foregraph/detail/base/system/thread.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

// The chunks of a loop are claimed one by one by any thread. So nothing waits for a thread that has
// not woken up yet or was preempted: the caller keeps claiming chunks, and at the end waits only
// for chunks that have started.
namespace foregraph {
namespace detail {
constinit thread_local ThreadRole thread_role;
}  // namespace detail

namespace {

/// Memory that this thread lends to the pool; see LendWorkspaces.
constinit thread_local detail::ThreadWorkspaces lent;

/// Time a thread spins for work, or the caller for its end, before it sleeps: longer than the gap
/// between two loops of a step, since waking a thread takes 5 to 50 microseconds.
constexpr std::chrono::microseconds kPatience{200};

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Spins until `is_true()`, for at most kPatience. Returns the last result of `is_true()`.
template <class Condition>
bool spin_until(const Condition& is_true) {
  const auto start = std::chrono::steady_clock::now();
  do {
    for (int i = 0; i < 64; ++i) {
      if (is_true()) return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() - start < kPatience);
  return is_true();
}

class Pool {
 public:
  /// Grows to `workers` threads, or to fewer if the system cannot start more.
  void reserve(int workers) {
    const std::lock_guard lock(entry_);
    while (count_ < workers) {
      auto worker = std::make_unique<Worker>();
      try {
        Thread([this, self = worker.get(), index = count_ + 1] { work(*self, index); }).detach();
      } catch (const ResourceError& error) {
        tell_of_missing_threads(error.what());
        break;
      }
      workers_[static_cast<std::size_t>(count_++)] = std::move(worker);
    }
  }

  PoolSize size() {
    const std::lock_guard lock(entry_);
    return {count_};
  }

  /// Returns the workspace of a thread for the loop whose chunk it runs.
  [[nodiscard]] void* workspace_of(int worker) const {
    return workspaces_.load(std::memory_order_acquire) +
           workspace_bytes_.load(std::memory_order_acquire) * (worker - 1);
  }

  /// Runs a loop. Returns false without running anything if the pool is busy, has no threads, or
  /// the chunks are too many.
  bool run(std::int64_t chunks, int threads, detail::ChunkFn body, const void* context) {
    const std::unique_lock lock(entry_, std::try_to_lock);
    if (!lock || count_ == 0 || chunks >= kClosed) return false;
    const auto helpers =
        static_cast<int>(std::min<std::int64_t>({count_, threads - 1, chunks - 1}));
    // Closed while the fields are set, so that a late thread of the last loop cannot claim a chunk.
    const std::uint64_t turn = (ticket_.load(std::memory_order_relaxed) >> 32) + 1;
    ticket_.store((turn << 32) | kClosed);
    body_.store(body, std::memory_order_release);
    context_.store(context, std::memory_order_release);
    chunks_.store(static_cast<std::uint32_t>(chunks), std::memory_order_release);
    helpers_.store(helpers, std::memory_order_release);
    workspaces_.store(lent.first, std::memory_order_release);
    workspace_bytes_.store(lent.bytes, std::memory_order_release);
    first_failed_.store(kClosed, std::memory_order_release);
    left_.store(static_cast<std::uint32_t>(chunks), std::memory_order_release);
    ticket_.store(turn << 32);
    for (int i = 0; i < helpers; ++i) {
      std::atomic<std::uint32_t>& signal = workers_[static_cast<std::size_t>(i)]->signal;
      signal.fetch_add(1, std::memory_order_release);
      signal.notify_one();
    }
    const detail::ThreadRole role = detail::thread_role;
    detail::thread_role = {};
    while (run_a_chunk(0)) {
    }
    detail::thread_role = role;
    if (!spin_until([this] { return left_.load(std::memory_order_acquire) == 0; }))
      for (std::uint32_t left = left_.load(std::memory_order_acquire); left != 0;
           left = left_.load(std::memory_order_acquire))
        left_.wait(left, std::memory_order_acquire);
    if (first_failed_.load(std::memory_order_acquire) != kClosed) {
      const std::exception_ptr failure = std::exchange(failure_, nullptr);
      std::rethrow_exception(failure);
    }
    return true;
  }

 private:
  static constexpr std::uint32_t kClosed = 0xFFFFFFFF;

  struct Worker {
    alignas(64) std::atomic<std::uint32_t> signal{0};
  };

  void work(Worker& self, int index) {
    detail::thread_role = {1, index};
    for (std::uint32_t seen = 0;;) {
      while (run_a_chunk(index)) {
      }
      if (!spin_until([&] { return self.signal.load(std::memory_order_acquire) != seen; }))
        self.signal.wait(seen, std::memory_order_acquire);
      seen = self.signal.load(std::memory_order_acquire);
    }
  }

  /// Claims and runs the next chunk on thread `index`. Returns false if there is none, or the loop
  /// uses fewer threads.
  bool run_a_chunk(int index) {
    std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
    detail::ChunkFn body = nullptr;
    const void* context = nullptr;
    do {
      // With each ticket, as a thread may be late: the next loop can have fewer threads, and then
      // there is no workspace for this one.
      if (index > helpers_.load(std::memory_order_acquire)) return false;
      body = body_.load(std::memory_order_acquire);
      context = context_.load(std::memory_order_acquire);
      if (static_cast<std::uint32_t>(ticket) >= chunks_.load(std::memory_order_acquire))
        return false;
    } while (!ticket_.compare_exchange_weak(ticket, ticket + 1));
    const auto chunk = static_cast<std::uint32_t>(ticket);
    // Still run chunks before a failed one, so that the reported failure does not depend on timing.
    if (chunk < first_failed_.load(std::memory_order_acquire)) {
      try {
        body(context, chunk);
      } catch (...) {
        const std::lock_guard lock(failure_mutex_);
        if (chunk < first_failed_.load(std::memory_order_relaxed)) {
          failure_ = std::current_exception();
          first_failed_.store(chunk, std::memory_order_release);
        }
      }
    }
    if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
    return true;
  }

  std::mutex entry_;
  std::array<std::unique_ptr<Worker>, max_threads> workers_{};
  int count_ = 0;
  /// The loop's number in the upper half, the next chunk to claim in the lower half.
  alignas(64) std::atomic<std::uint64_t> ticket_{kClosed};
  alignas(64) std::atomic<std::uint32_t> left_{0};
  alignas(64) std::atomic<detail::ChunkFn> body_{nullptr};
  std::atomic<const void*> context_{nullptr};
  std::atomic<std::uint32_t> chunks_{0};
  std::atomic<int> helpers_{0};
  std::atomic<std::byte*> workspaces_{nullptr};
  std::atomic<std::int64_t> workspace_bytes_{0};
  std::atomic<std::uint32_t> first_failed_{kClosed};
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
};

/// The pool; never destroyed, as its threads end with the process. A child of fork() has none of
/// the threads and creates a new pool when it reserves threads.
std::atomic<Pool*> the_pool{nullptr};
Pool* pool_of_parent = nullptr;  // keeps it reachable for leak checkers
std::mutex making_the_pool;

/// Keeps the shared object that contains this code mapped after dlclose(), since the pool's threads
/// never end.
void stay_loaded() {
  Dl_info here{};
  link_map* object = nullptr;
  const bool is_found =
      ::dladdr1(&making_the_pool, &here, reinterpret_cast<void**>(&object), RTLD_DL_LINKMAP) != 0;
  // The main program has an empty name, and stays loaded anyway.
  if (!is_found || object == nullptr || object->l_name == nullptr || *object->l_name == '\0')
    return;
  (void)::dlopen(object->l_name, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

Pool& pool() {
  const std::lock_guard lock(making_the_pool);
  if (the_pool.load() == nullptr) {
    static const int registered =
        pthread_atfork([] { making_the_pool.lock(); }, [] { making_the_pool.unlock(); },
                       [] {
                         pool_of_parent = the_pool.exchange(nullptr);
                         making_the_pool.unlock();
                       });
    (void)registered;
    stay_loaded();
    the_pool.store(new Pool);
  }
  return *the_pool.load();
}

/// Returns the number of cores this process may be scheduled on.
int cores_by_affinity() {
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return static_cast<int>(std::thread::hardware_concurrency());
}

}  // namespace

void detail::run_chunks(std::int64_t chunks, ChunkFn body, const void* context) {
  Pool* const shared = the_pool.load(std::memory_order_acquire);
  if (shared != nullptr && shared->run(chunks, threads_here(), body, context)) return;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) body(context, chunk);
}

void* workspace_of(const KernelCall& call) {
  const int worker = worker_index();
  return worker == 0 ? call.workspace : the_pool.load()->workspace_of(worker);
}

detail::LendWorkspaces::LendWorkspaces(ThreadWorkspaces workspaces)
    : before_(std::exchange(lent, workspaces)) {}

detail::LendWorkspaces::~LendWorkspaces() {
  lent = before_;
}

int threads_for(int option) {
  if (option == 0) return default_threads();
  if (option < 1 || option > max_threads)
    throw UsageError("threads is " + std::to_string(option) + ", expected 1 to " +
                     std::to_string(max_threads) + ", or 0 for all cores");
  return option;
}

void reserve_threads(int threads) {
  if (threads_for(threads) > 1) pool().reserve(threads_for(threads) - 1);
}

PoolSize thread_pool_size() {
  Pool* const shared = the_pool.load();
  return shared == nullptr ? PoolSize{} : shared->size();
}

int cores_of_quota(const char* root) {
  std::int64_t least = 0;
  const auto limit = [&](std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
    if (!quota || !period || *quota <= 0 || *period <= 0) return;
    const std::int64_t cores = (*quota - 1) / *period + 1;
    if (least == 0 || cores < least) least = cores;
  };
  for_each_control_group(root, "cpu", [&](const std::string& folder, bool version_1) {
    const std::string at = root + folder;
    if (version_1) {
      limit(proc::number(proc::read(at + "/cpu.cfs_quota_us")),
            proc::number(proc::read(at + "/cpu.cfs_period_us")));
      return;
    }
    const std::string text = proc::read(at + "/cpu.max");  // "max 100000" or "150000 100000"
    std::string_view rest = text, quota, period;
    if (proc::next_word(rest, quota) && proc::next_word(rest, period))
      limit(proc::number(quota), proc::number(period));
  });
  return static_cast<int>(std::min<std::int64_t>(least, max_threads));
}

int choose_threads(const char* request, int cores) {
  if (request == nullptr || *request == '\0') return std::clamp(cores, 1, max_threads);
  int threads = 0;
  const char* const end = request + std::strlen(request);
  const auto [stop, error] = std::from_chars(request, end, threads);
  if (error != std::errc{} || stop != end || threads < 1 || threads > max_threads)
    throw UsageError("FOREGRAPH_THREADS is '" + std::string(request) +
                     "', expected a number from 1 to " + std::to_string(max_threads));
  return threads;
}

int default_threads() {
  static const int threads = [] {
    int cores = cores_by_affinity();
    if (const int quota = cores_of_quota(); quota > 0) cores = std::min(cores, quota);
    return choose_threads(std::getenv("FOREGRAPH_THREADS"), cores);
  }();
  return threads;
}

}  // namespace foregraph
