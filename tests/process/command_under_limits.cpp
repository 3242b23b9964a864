// The command where the system refuses something: output that cannot be written, address space,
// threads. It says what is wrong in one message, and ends with the exit code of that.
//
//   command_under_limits PATH_OF_FOREGRAPH
//
// Exit code 77: skipped.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "support/folder.hpp"
#include "support/function_ref.hpp"

namespace {

const char* command = nullptr;
int failures = 0;

struct Ended {
  int code = -1;  ///< of exit(), or -1
  int signal = 0;
  std::string error{};  ///< what is on stderr

  [[nodiscard]] std::string describe() const {
    return (signal != 0 ? "signal " + std::to_string(signal)
                        : "exit code " + std::to_string(code)) +
           ", stderr '" + error + "'";
  }
};

std::string read_all(int file) {
  std::string text;
  char piece[4096];
  for (ssize_t n = 0; (n = ::read(file, piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<std::size_t>(n));
  ::close(file);
  return text;
}

/// Runs the command with these words; `prepare` runs in the new process before. One that hangs ends
/// with this process, which ctest ends.
Ended run(std::vector<const char*> words, foregraph::test::FunctionRef<void()> prepare) {
  int error[2];
  if (::pipe2(error, O_CLOEXEC) != 0) std::abort();
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(error[1], 2);
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(null, 1);
    ::close(null);
    prepare();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    words.insert(words.begin(), command);
    words.push_back(nullptr);
    ::execv(command, const_cast<char**>(words.data()));
    ::_exit(126);
  }
  ::close(error[1]);
  Ended ended;
  ended.error = read_all(error[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  return ended;
}

void check(bool is_right, const std::string& what, const Ended& ended) {
  if (is_right) return;
  ++failures;
  std::printf("WRONG %s: %s\n", what.c_str(), ended.describe().c_str());
}

bool is_one_line(const std::string& text) {
  return !text.empty() && text.find('\n') == text.size() - 1;
}

void open_as(const char* path, int number) {
  const int file = ::open(path, O_WRONLY);
  if (file != number) {
    ::dup2(file, number);
    ::close(file);
  }
}

/// A pipe that nobody reads.
void break_pipe(int number) {
  int ends[2];
  if (::pipe(ends) != 0) ::_exit(125);
  ::close(ends[0]);
  ::dup2(ends[1], number);
  ::close(ends[1]);
}

void check_output(const std::vector<const char*>& words) {
  std::string name;
  for (const char* word : words) name += std::string(word) + ' ';
  const Ended full = run(words, [] { open_as("/dev/full", 1); });
  check(
      full.code == 5 && is_one_line(full.error) &&
          full.error.find("cannot write the output: No space left on device") != std::string::npos,
      name + "> /dev/full", full);
  const Ended closed = run(words, [] { ::close(1); });
  check(closed.code == 5 && is_one_line(closed.error) &&
            closed.error.find("stdout is closed") != std::string::npos,
        name + ">&-", closed);
  const Ended unread = run(words, [] {
    ::signal(SIGPIPE, SIG_DFL);
    break_pipe(1);
  });
  check(unread.signal == SIGPIPE && unread.error.empty(), name + "| true", unread);
  const Ended ignored = run(words, [] {
    ::signal(SIGPIPE, SIG_IGN);
    break_pipe(1);
  });
  check(ignored.code == 5 && ignored.error.empty(), name + "| true, SIGPIPE ignored", ignored);
  const Ended fine = run(words, [] { ::close(0); });
  check(fine.code == 0 && fine.error.empty(), name + "<&-", fine);
  const Ended silent = run(words, [] { ::close(2); });
  check(silent.code == 0, name + "2>&-", silent);
}

/// OpenBLAS's own threads begin before main(); where the system refuses them it ends the process by
/// SIGINT, and says so.
bool is_openblas_at_load(const Ended& ended) {
  return ended.signal == SIGINT &&
         ended.error.find("OpenBLAS blas_thread_init: pthread_create failed") != std::string::npos;
}
/// The loader of the system has no room for the libraries.
bool is_at_load(const Ended& ended) {
  return ended.code == 127 && ended.error.find("shared librar") != std::string::npos;
}

void limit(__rlimit_resource resource, rlim_t value) {
  const rlimit both{value, value};
  if (::setrlimit(resource, &both) != 0) ::_exit(125);
}

void check_address_space(const std::vector<const char*>& words) {
  int ran = 0;
  for (rlim_t kib = 40'000; kib <= 600'000; kib += kib < 200'000 ? 10'000 : 50'000)
    for (const bool one_thread : {false, true}) {
      const auto within = [&] {
        if (one_thread) ::setenv("OPENBLAS_NUM_THREADS", "1", 1);
        limit(RLIMIT_AS, kib << 10);
      };
      // Within some limits OpenBLAS 0.3.29 tries for ever to get its buffers while it is loaded,
      // before main(). Loading takes less than a second of processor time.
      const Ended loaded = run({"--version"}, [&] {
        within();
        constexpr rlim_t seconds_to_load = 10;
        limit(RLIMIT_CPU, seconds_to_load);
      });
      if (loaded.signal == SIGXCPU || loaded.signal == SIGKILL) {
        std::printf("ulimit -v %llu: the libraries do not load\n",
                    static_cast<unsigned long long>(kib));
        continue;
      }
      const Ended ended = run(words, within);
      const bool refused = ended.code == 2 || ended.code == 3 || ended.code == 5;
      const bool ran_to_its_end = ended.code == 0 || ended.code == 4;  // 4: `check` has found some
      check(ran_to_its_end || (refused && !ended.error.empty()) || is_at_load(ended) ||
                (!one_thread && is_openblas_at_load(ended)),
            std::string(words[0]) + ", ulimit -v " + std::to_string(kib) +
                (one_thread ? ", OpenBLAS with one thread" : ""),
            ended);
      ran += ran_to_its_end ? 1 : 0;
    }
  std::printf("%s: %d of the limits of the address space leave enough\n", words[0], ran);
  if (ran == 0) ++failures;
}

void check_threads(const std::vector<const char*>& words) {
  for (const rlim_t threads : {1, 2, 3, 4}) {
    const Ended ended = run(words, [&] {
      ::setenv("OPENBLAS_NUM_THREADS", "1", 1);
      limit(RLIMIT_NPROC, threads);
      constexpr uid_t nobody = 65534;
      if (::geteuid() == 0 && ::setuid(nobody) != 0) ::_exit(125);
    });
    if (ended.code == 125 || ended.code == 126) {
      std::printf("skipped: threads cannot be limited here\n");
      return;
    }
    check(ended.code == 0, "ulimit -u " + std::to_string(threads), ended);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 1;
  command = argv[1];
  const foregraph::test::Folder folder;
  const std::string buffers = folder / "buffers.csv";
  foregraph::test::write_plainly(buffers, "id,lower,upper,size\na,0,2,8\nb,1,3,8\n");
  const std::string table = folder / "table.csv";
  std::string rows = "a,b,c,d,e,f,g,h,i,j,label\n";
  for (int row = 0; row < 64; ++row) {
    for (int column = 0; column < 10; ++column)
      rows += std::to_string((row * 7 + column * 13) % 17) + ',';
    rows += std::to_string(row % 2) + '\n';
  }
  foregraph::test::write_plainly(table, rows);

  check_output({"--help"});
  check_output({"plan", "--help"});
  check_output({"--version"});
  check_output({"models"});
  check_output({"graph", "--model", "w4_mlp"});
  check_output({"graph", "--model", "w4_mlp", "--dot", "--optimizer", "adam"});
  check_output({"plan", "--model", "w4_mlp", "--batch", "1"});
  check_output({"plan", "--model", "w4_mlp", "--batch", "1", "--json"});
  check_output({"plan", "--model", "w4_mlp", "--batch", "1", "--svg", "/dev/null"});
  check_output({"plan", "--model", "w1_logistic", "--batch", "8", "--profile", "--profile-steps",
                "1", "--threads", "1"});
  check_output({"pack", buffers.c_str(), "--seconds", "0"});
  check_output({"pack", buffers.c_str(), "--seconds", "0", "--json"});

  for (const std::vector<const char*>& words :
       {std::vector<const char*>{"plan", "--model", "w4_mlp", "--batch", "1", "--svg", "/dev/full"},
        {"plan", "--model", "w4_mlp", "--batch", "1", "--html", "/dev/full"},
        {"pack", buffers.c_str(), "--seconds", "0", "--output", "/dev/full"}}) {
    const Ended full = run(words, [] {});
    check(full.code == 5 && is_one_line(full.error) &&
              full.error.find("'/dev/full': No space left on device") != std::string::npos,
          std::string(words[0]) + " into a full file", full);
  }
  const Ended device = run({"pack", "/dev/zero"}, [] {});
  check(device.code == 2 && is_one_line(device.error), "pack /dev/zero", device);

  check_address_space({"models"});
  check_address_space({"plan", "--model", "w4_mlp", "--batch", "1", "--budget", "machine"});
  check_address_space({"plan", "--model", "w1_logistic", "--batch", "8", "--profile", "--threads",
                       "3", "--profile-steps", "1"});
  check_address_space({"check", "--model", "w1_logistic", "--data", table.c_str(), "--prefetch",
                       "2", "--shuffle", "1", "--learning-rate", "0.001", "--batch", "16"});
  check_threads({"plan", "--model", "w4_mlp", "--batch", "64", "--profile", "--threads", "4",
                 "--profile-steps", "1"});
  std::printf("%d cases are wrong\n", failures);
  return failures == 0 ? 0 : 1;
}
