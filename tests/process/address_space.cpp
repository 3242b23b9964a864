// Processes whose address space is limited. Where products run on OpenBLAS, training is refused
// with a message, as OpenBLAS would hang; and whatever the limit, from before the process started
// on, it ends: by itself, with the exit code of main().
//
//   address_space         a limit that leaves too little for OpenBLAS, then all limits
//   address_space train   trains: exit code 0, or 2 with a message
//   address_space load    does nothing
//
// Exit code 77: skipped.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <fstream>
#include <new>
#include <string>

namespace fg = foregraph;

namespace {

int train() {
  try {
    fg::Graph g;
    const auto x = g.input("x", {fg::batch, 64});
    const auto y = g.input("y", {fg::batch, 64});
    const auto out = fg::nn::dense(fg::nn::dense(x, 512, "hidden"), 64, "out");
    const fg::Model model{.loss = fg::nn::mean_squared_error(out, y), .outputs = {out}};
    fg::Trainer trainer{g, model, fg::optim::adam(), {.threads = 3}};
    const fg::data::Dataset data = fg::data::Dataset()
                                       .add("x", {64}, std::vector<float>(256 * 64, 0.5F))
                                       .add("y", {64}, std::vector<float>(256 * 64, 0.25F));
    (void)trainer.fit(fg::data::from(data).batch(128).prefetch(2).workers(2),
                      {.progress = false, .on_report = [](const fg::Report&) {}});
    return 0;
  } catch (const fg::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "out of memory\n");
  }
  return 2;
}

/// Returns the status of this program, run with `word` in a process with this limit of its address
/// space from its start on, and a limit of its processor time if that is not 0.
int status_of(const char* word, rlim_t bytes, rlim_t seconds) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit both{bytes, bytes};
    const rlimit time{seconds, seconds};
    if (::setrlimit(RLIMIT_AS, &both) != 0) ::_exit(77);
    if (seconds > 0 && ::setrlimit(RLIMIT_CPU, &time) != 0) ::_exit(77);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // one that hangs ends with this process, which ctest ends
    ::execl("/proc/self/exe", "address_space", word, nullptr);
    ::_exit(126);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

/// Trains in a process with this limit.
bool ends(rlim_t bytes) {
  // Within some limits OpenBLAS 0.3.29 tries for ever to get its buffers while it is loaded, before
  // main() and so before any code of ours. Loading takes less than a second of processor time.
  constexpr rlim_t seconds_to_load = 10;
  const int loaded = status_of("load", bytes, seconds_to_load);
  if (WIFSIGNALED(loaded) && (WTERMSIG(loaded) == SIGXCPU || WTERMSIG(loaded) == SIGKILL)) {
    std::printf("%llu KiB: the libraries do not load\n",
                static_cast<unsigned long long>(bytes >> 10));
    return true;
  }
  const int status = status_of("train", bytes, 0);
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  // 126 and 127: there is no room for the program and its libraries. By SIGINT OpenBLAS ends a
  // process in which its own threads cannot start, before main().
  const bool is_right = code == 0 || code == 2 || code == 126 || code == 127 ||
                        (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
  std::printf("%llu KiB: %s %d\n", static_cast<unsigned long long>(bytes >> 10),
              code < 0 ? "signal" : "exit code", code < 0 ? WTERMSIG(status) : code);
  return is_right;
}

/// The message where OpenBLAS is used; else it trains.
bool is_refused_for_openblas() {
  for (const bool has_budget : {false, true}) {
    try {
      fg::TrainerOptions options;
      if (has_budget) options.memory_budget = fg::Budget::unlimited();
      fg::Trainer<fg::models::w1_logistic> trainer{fg::optim::adam(), options};
      trainer.prepare(8);
      std::printf("it trains with 64 MiB of address space\n");
      if (fg::gemm_may_use_openblas()) return false;
    } catch (const fg::BudgetError& error) {
      std::printf("%s\n", error.what());
      if (!fg::gemm_may_use_openblas() ||
          std::string(error.what()).find("OpenBLAS reserves 128 MiB of address space") != 0)
        return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "load") == 0) return 0;
  if (argc == 2 && std::strcmp(argv[1], "train") == 0) return train();
  bool is_right = true;
  for (rlim_t kib = 30'000; kib <= 1'000'000; kib += kib < 250'000 ? 10'000 : 50'000)
    is_right = ends(kib << 10) && is_right;
  // Only now OpenBLAS's own thread has surely mapped its buffer.
  std::int64_t pages = 0;
  if (!(std::ifstream("/proc/self/statm") >> pages)) {
    std::printf("skipped: there is no /proc\n");
    return 77;
  }
  constexpr rlim_t room = rlim_t{64} << 20;
  const rlim_t limit =
      static_cast<rlim_t>(pages) * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + room;
  const rlimit both{limit, limit};
  if (setrlimit(RLIMIT_AS, &both) != 0) {
    std::perror("skipped: setrlimit");
    return 77;
  }
  return is_refused_for_openblas() && is_right ? 0 : 1;
}
