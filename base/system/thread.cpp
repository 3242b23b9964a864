#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/thread.hpp>
#include <memory>
#include <string>
#include <utility>

namespace foregraph {
namespace {

using ThreadBody = std::function<void()>;

void* run_thread_body(void* argument) {
  const std::unique_ptr<ThreadBody> body(static_cast<ThreadBody*>(argument));
  (*body)();  // an exception ends the program, as in a std::thread
  return nullptr;
}

/// Returns 0, or the system's error number. `stack_bytes` of 0 means the system's default.
int start_pthread(pthread_t& thread, std::size_t stack_bytes, ThreadBody* body) {
  pthread_attr_t attributes;
  if (const int reason = ::pthread_attr_init(&attributes); reason != 0) return reason;
  int reason = stack_bytes == 0 ? 0 : ::pthread_attr_setstacksize(&attributes, stack_bytes);
  if (reason == 0) reason = ::pthread_create(&thread, &attributes, &run_thread_body, body);
  ::pthread_attr_destroy(&attributes);
  return reason;
}

std::size_t default_stack_bytes() {
  pthread_attr_t attributes;
  std::size_t bytes = 0;
  if (::pthread_attr_init(&attributes) != 0) return 0;
  if (::pthread_attr_getstacksize(&attributes, &bytes) != 0) bytes = 0;
  ::pthread_attr_destroy(&attributes);
  return bytes;
}

/// While it lives, the calling thread blocks the signals that its new threads are to inherit as
/// blocked.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t signals;
    ::sigfillset(&signals);
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF})
      ::sigdelset(&signals, own);
    has_blocked_ = ::pthread_sigmask(SIG_BLOCK, &signals, &before_) == 0;
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() {
    if (has_blocked_) (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t before_{};
  bool has_blocked_ = false;
};

}  // namespace

std::size_t stack_bytes_of_threads() {
  const std::size_t page = static_cast<std::size_t>(std::max(::sysconf(_SC_PAGESIZE), 4096L));
  std::size_t taken = page;  // the guard
  // glibc's own minimum counts thread-local variables. It is not declared in any header, but
  // runtimes of other languages have long relied on it.
  using LeastStack = std::size_t (*)(const pthread_attr_t*);
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) == 0) {
    if (const auto least =
            reinterpret_cast<LeastStack>(::dlsym(RTLD_DEFAULT, "__pthread_get_minstack")))
      taken += least(&attributes);
    ::pthread_attr_destroy(&attributes);
  }
  return (least_stack_bytes + taken + page - 1) / page * page;
}

Thread::Thread(std::function<void()> body) {
  auto owned = std::make_unique<ThreadBody>(std::move(body));
  int reason = 0;
  const std::size_t needed = stack_bytes_of_threads();
  const bool is_default_enough = default_stack_bytes() >= needed;
  {
    const SignalsBlocked blocked;
    if (is_default_enough) reason = start_pthread(thread_, 0, owned.get());
    // If address space is short, a stack smaller than the default of 8 MiB may still fit.
    if (!is_default_enough || reason != 0) reason = start_pthread(thread_, needed, owned.get());
  }
  if (reason != 0)
    throw ResourceError(std::string("the system cannot start a thread: ") + std::strerror(reason) +
                        "; raise the limit that applies (ulimit -u or -v, pids.max of the control "
                        "group), or use fewer threads");
  (void)owned.release();  // now owned by the thread
  is_joinable_ = true;
}

Thread::Thread(Thread&& other) noexcept
    : thread_(other.thread_), is_joinable_(std::exchange(other.is_joinable_, false)) {}

Thread& Thread::operator=(Thread&& other) noexcept {
  if (is_joinable_) std::terminate();
  thread_ = other.thread_;
  is_joinable_ = std::exchange(other.is_joinable_, false);
  return *this;
}

Thread::~Thread() {
  if (is_joinable_) std::terminate();
}

void Thread::join() {
  if (std::exchange(is_joinable_, false)) (void)::pthread_join(thread_, nullptr);
}

void Thread::detach() {
  if (std::exchange(is_joinable_, false)) (void)::pthread_detach(thread_);
}

void tell_of_missing_threads(const char* reason) {
  static std::atomic<bool> told{false};
  if (!told.exchange(true))
    std::fprintf(stderr,
                 "foregraph: running with fewer threads than requested; results are the same: %s\n",
                 reason);
}

}  // namespace foregraph
