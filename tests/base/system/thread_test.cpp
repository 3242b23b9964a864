#include <pthread.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstddef>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/background.hpp>
#include <foregraph/detail/base/system/thread.hpp>
#include <stdexcept>
#include <string>
#include <thread>

using namespace foregraph;

namespace {

sigset_t blocked_here() {
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  return blocked;
}
bool is_blocked(const sigset_t& blocked, int signal) {
  return ::sigismember(&blocked, signal) == 1;
}

/// The default size of threads' stacks, put back at the end.
class DefaultStack {
 public:
  explicit DefaultStack(std::size_t bytes) {
    ::pthread_getattr_default_np(&before_);
    pthread_attr_t small;
    ::pthread_attr_init(&small);
    is_set_ = ::pthread_attr_setstacksize(&small, bytes) == 0 &&
              ::pthread_setattr_default_np(&small) == 0;
    ::pthread_attr_destroy(&small);
  }
  DefaultStack(const DefaultStack&) = delete;
  DefaultStack& operator=(const DefaultStack&) = delete;
  ~DefaultStack() {
    ::pthread_setattr_default_np(&before_);
    ::pthread_attr_destroy(&before_);
  }
  [[nodiscard]] bool is_set() const { return is_set_; }

 private:
  pthread_attr_t before_{};
  bool is_set_ = false;
};

/// The bytes of the calling thread's stack below this function, without the guard.
std::size_t stack_left() {
  pthread_attr_t attributes;
  ::pthread_getattr_np(::pthread_self(), &attributes);
  void* lowest = nullptr;
  std::size_t bytes = 0;
  std::size_t guard = 0;
  ::pthread_attr_getstack(&attributes, &lowest, &bytes);
  ::pthread_attr_getguardsize(&attributes, &guard);
  ::pthread_attr_destroy(&attributes);
  return static_cast<std::size_t>(static_cast<std::byte*>(__builtin_frame_address(0)) -
                                  static_cast<std::byte*>(lowest)) -
         guard;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(threads_of_the_library)

BOOST_AUTO_TEST_CASE(the_stack_does_not_depend_on_the_default) {
  for (const std::size_t kib : {128, 256, 512, 1024, 8192}) {
    const DefaultStack small(kib << 10);
    BOOST_REQUIRE(small.is_set());
    std::size_t left = 0;
    Thread thread([&] { left = stack_left(); });
    thread.join();
    // A page or two of the thread are in use where its function begins.
    BOOST_TEST(left >= least_stack_bytes - (std::size_t{8} << 10), kib << " KiB: " << left);
    if (kib == 8192) BOOST_TEST(left > 7 * (std::size_t{1024} << 10));
    BOOST_TEST(stack_bytes_of_threads() > least_stack_bytes);
  }
}

BOOST_AUTO_TEST_CASE(signals_to_the_process_are_blocked_and_those_of_faults_are_not) {
  const sigset_t before = blocked_here();
  sigset_t inside;
  Thread thread([&] { inside = blocked_here(); });
  thread.join();
  const sigset_t after = blocked_here();
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2,
                           SIGCHLD, SIGTSTP, SIGWINCH, SIGIO, SIGVTALRM, SIGRTMIN, SIGRTMAX})
    BOOST_TEST(is_blocked(inside, signal), "signal " << signal);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF})
    BOOST_TEST(!is_blocked(inside, signal), "signal " << signal);
  for (int signal = 1; signal <= SIGRTMAX; ++signal)
    BOOST_TEST(is_blocked(before, signal) == is_blocked(after, signal), "signal " << signal);
}

BOOST_AUTO_TEST_CASE(a_mask_of_the_program_stays) {
  sigset_t own;
  ::sigemptyset(&own);
  ::sigaddset(&own, SIGPROF);
  ::sigaddset(&own, SIGUSR1);
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &own, &before);
  sigset_t inside;
  Thread thread([&] { inside = blocked_here(); });
  thread.join();
  const sigset_t after = blocked_here();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  BOOST_TEST(is_blocked(inside, SIGPROF));  // inherited
  BOOST_TEST(is_blocked(after, SIGUSR1));
  BOOST_TEST(is_blocked(after, SIGPROF));
  BOOST_TEST(!is_blocked(after, SIGTERM));
}

BOOST_AUTO_TEST_CASE(a_result_comes_from_another_thread) {
  const auto here = std::this_thread::get_id();
  std::thread::id there;
  Background<std::string> background([&] {
    there = std::this_thread::get_id();
    return std::string("done");
  });
  Background<std::string> moved = std::move(background);
  BOOST_TEST(moved.get() == "done");
  BOOST_TEST((there != here));
}

BOOST_AUTO_TEST_CASE(an_exception_comes_with_the_result) {
  Background<int> background([]() -> int { throw DataError("no rows"); });
  BOOST_CHECK_EXCEPTION(background.get(), DataError, [](const DataError& error) {
    return std::string(error.what()) == "no rows";
  });
  // One that nobody asks for ends with its thread.
  const Background<int> ignored([]() -> int { throw DataError("no rows"); });
}

BOOST_AUTO_TEST_SUITE_END()
