// What belongs to the whole process, and so to the program that uses the library: it is after a
// training what it was before.
#include <fenv.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/foregraph.hpp>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "support/folder.hpp"
#include "support/training_data.hpp"

extern char** environ;
extern "C" {
int openblas_get_num_threads(void);
void openblas_set_num_threads(int threads);
char* openblas_get_corename(void);
}

using namespace foregraph;

namespace host_state_tests {

struct StateEntry {
  std::string name;
  std::string value;
};

std::string raw_bytes(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

/// All of it that the system and the C and C++ libraries have.
std::vector<StateEntry> process_state() {
  std::vector<StateEntry> state;
  const auto add = [&](const std::string& name, std::string value) {
    state.push_back({name, std::move(value)});
  };
  add("OpenBLAS's threads", std::to_string(openblas_get_num_threads()));
  add("OpenBLAS's kernels", openblas_get_corename());
  for (char** variable = environ; *variable != nullptr; ++variable) add("environment", *variable);
  for (int number = 1; number < SIGRTMIN; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) == 0)
      add("signal " + std::to_string(number),
          std::to_string(reinterpret_cast<std::uintptr_t>(action.sa_handler)) + ' ' +
              std::to_string(action.sa_flags));
  }
  sigset_t blocked;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  for (int number = 1; number < SIGRTMIN; ++number)
    add("blocked " + std::to_string(number), std::to_string(::sigismember(&blocked, number)));
  add("locale", ::setlocale(LC_ALL, nullptr));
  add("locale of C++", std::locale().name());
  add("rounding", std::to_string(::fegetround()));
  fenv_t floating{};
  ::fegetenv(&floating);
#if defined(__x86_64__)
  constexpr unsigned exceptions_raised = 0x3f;  // which any arithmetic may raise
  add("mxcsr", std::to_string(floating.__mxcsr & ~exceptions_raised));
#endif
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    rlimit limit{};
    if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0)
      add("limit " + std::to_string(resource),
          std::to_string(limit.rlim_cur) + ' ' + std::to_string(limit.rlim_max));
  }
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  ::sched_getaffinity(0, sizeof cpus, &cpus);
  add("affinity", raw_bytes(&cpus, sizeof cpus));
  add("priority", std::to_string(::getpriority(PRIO_PROCESS, 0)));
  const mode_t mask = ::umask(0);
  ::umask(mask);
  add("umask", std::to_string(mask));
  add("working directory", std::filesystem::current_path().string());
  for (const auto* stream :
       {static_cast<std::ios*>(&std::cout), static_cast<std::ios*>(&std::cerr)})
    add("stream", std::to_string(stream->flags()) + ' ' + std::to_string(stream->precision()) +
                      ' ' + std::to_string(stream->exceptions()) + stream->fill());
  return state;
}

void check_unchanged(const std::vector<StateEntry>& before) {
  const std::vector<StateEntry> after = process_state();
  BOOST_TEST_REQUIRE(after.size() == before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    BOOST_TEST(after[i].name == before[i].name);
    BOOST_TEST(after[i].value == before[i].value, "changed: " << before[i].name);
  }
}

/// Everything that a program does with a model: products large enough for threads and OpenBLAS.
void train_as_guest(const Callbacks& callbacks) {
  const foregraph::test::Folder folder;
  Graph g;
  const auto x = g.input("x", {batch, 96});
  const auto label = g.input("label", {batch}, i32);
  const auto logits = nn::dense(relu(nn::dense(x, 128, "hidden")), 5, "logits");
  const Model model{.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
  const data::Pipeline data = data::from(foregraph::test::many_classes(256, 96, 5))
                                  .shuffle(1)
                                  .batch(64)
                                  .prefetch(2)
                                  .workers(2);
  const std::string file = (folder / "checkpoint").string();
  Trainer trainer{g, model, optim::adam(0.01), {.threads = 2}};
  FitOptions options;
  options.epochs = 2;
  options.evaluation = data;
  options.progress = false;
  options.on_report = [](const Report&) {};
  options.checkpoint.path = file;
  options.callbacks.push_back(callbacks);
  (void)trainer.fit(data, options);
  (void)trainer.evaluate(data);
  (void)trainer.predict(data);
  Predictor predictor{g, model, file, {.threads = 2}};
  (void)predictor.predict(data);
}

/// The program's own number of OpenBLAS threads.
struct HostBlasThreads {
  explicit HostBlasThreads(int threads) : before(openblas_get_num_threads()) {
    openblas_set_num_threads(threads);
  }
  ~HostBlasThreads() { openblas_set_num_threads(before); }
  int before;
};

}  // namespace host_state_tests
using namespace host_state_tests;

BOOST_AUTO_TEST_SUITE(host_state)

BOOST_AUTO_TEST_CASE(is_the_same_after_training) {
  start_blas_if_used();  // may choose other kernels, once in a process
  const HostBlasThreads two(2);
  const std::vector<StateEntry> before = process_state();
  train_as_guest({});
  check_unchanged(before);
}

BOOST_AUTO_TEST_CASE(is_the_same_between_steps_and_on_another_thread) {
  start_blas_if_used();
  const HostBlasThreads two(2);
  const std::vector<StateEntry> before = process_state();
  Callbacks callbacks;
  int steps = 0;
  callbacks.after_step = [&](TrainerBase&, const StepResult&) {
    if (++steps == 3) {
      check_unchanged(before);
      int elsewhere = 0;
      std::thread([&] { elsewhere = openblas_get_num_threads(); }).join();
      BOOST_TEST(elsewhere == 2);
    }
    return true;
  };
  train_as_guest(callbacks);
  BOOST_TEST(steps >= 3);
}

// Where our own kernels run every product, nobody sees OpenBLAS change at any moment.
BOOST_AUTO_TEST_CASE(another_thread_never_sees_openblas_changed_where_it_is_not_used) {
  if (gemm_may_use_openblas()) return;
  const HostBlasThreads two(2);
  std::atomic<bool> ends{false};
  std::atomic<int> other_numbers{0};
  std::thread watcher([&] {
    while (!ends) other_numbers += openblas_get_num_threads() != 2;
  });
  train_as_guest({});
  ends = true;
  watcher.join();
  BOOST_TEST(other_numbers == 0);
}

BOOST_AUTO_TEST_CASE(a_number_that_the_program_sets_stays) {
  const HostBlasThreads two(2);
  Callbacks callbacks;
  callbacks.after_epoch = [&](TrainerBase&, const EpochResult&) {
    openblas_set_num_threads(1);
    return true;
  };
  train_as_guest(callbacks);
  BOOST_TEST(openblas_get_num_threads() == 1);
}

BOOST_AUTO_TEST_CASE(openblas_has_one_thread_for_our_products_alone) {
  const HostBlasThreads two(2);
  {
    const OneBlasThread outer;
    BOOST_TEST(openblas_get_num_threads() == 1);
    { const OneBlasThread inner; }
    BOOST_TEST(openblas_get_num_threads() == 1);
  }
  BOOST_TEST(openblas_get_num_threads() == 2);
  {
    const OneBlasThread alone;
    openblas_set_num_threads(2);  // the program, on another thread
  }
  BOOST_TEST(openblas_get_num_threads() == 2);
  {
    const HostBlasThreads one(1);
    { const OneBlasThread alone; }
    BOOST_TEST(openblas_get_num_threads() == 1);
  }
}

BOOST_AUTO_TEST_CASE(products_at_once_on_many_threads_leave_the_number_as_it_was) {
  const HostBlasThreads two(2);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      const std::vector<float> a(64 * 64, 1.0F);
      std::vector<float> c(64 * 64);
      for (int i = 0; i < 200; ++i)
        blas_gemm<float>(false, false, 64, 64, 64, 1.0F, a.data(), a.data(), 0.0F, c.data());
    });
  for (std::thread& each : threads) each.join();
  BOOST_TEST(openblas_get_num_threads() == 2);
}

BOOST_AUTO_TEST_SUITE_END()
