// Training that is killed at 100 random moments and started again each time ends with the same
// parameters as one that was left alone, and its checkpoint can be read at any moment.
//
//   killed_training [SEED]
//
// Every other kill comes within milliseconds of the start. The others come when the file has
// reached the next of 50 places that are spread over the run, and a random moment later, so that
// they hit the middle of steps and of writing. Training waits for its end some steps after: on no
// machine it is too quick to be killed.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <foregraph/foregraph.hpp>
#include <random>

#include "support/folder.hpp"
#include "support/training_data.hpp"

namespace fg = foregraph;
using fg::test::Folder;

namespace {

constexpr std::int64_t epochs = 120;
constexpr std::int64_t total_steps = epochs * 4;
constexpr int kills = 100;
constexpr std::int64_t steps_until_the_kill = 40;

fg::Model model(fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 4});
  const fg::Tensor y = g.input("label", {fg::batch}, fg::i32);
  const fg::Tensor h = fg::dropout(fg::relu(fg::nn::dense(x, 8, "hidden")), 0.2);
  return {.loss = fg::nn::softmax_cross_entropy(fg::nn::dense(h, 3, "logits"), y)};
}

/// Trains to the end, or waits to be killed after step `limit`, counted from 0.
void train(const std::filesystem::path& file, std::int64_t limit) {
  fg::Graph g;
  const fg::Model m = model(g);
  fg::Trainer trainer{g, m, fg::optim::adam(0.01)};
  const auto data =
      fg::data::from(fg::test::many_classes(50, 4, 3)).shuffle(7).batch(16).prefetch(2).workers(2);
  const auto wait_at_the_limit = [limit](fg::TrainerBase&, const fg::StepResult& result) {
    while (result.step >= limit) ::pause();
    return true;
  };
  trainer.fit(data, {.epochs = epochs,
                     .progress = false,
                     .callbacks = {{.after_step = wait_at_the_limit}},
                     .checkpoint = {.path = file, .every_steps = 3},
                     .preflight = false});
}

pid_t start_training(const std::filesystem::path& file, std::int64_t limit = total_steps) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    train(file, limit);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    ::_exit(1);
  }
  ::_exit(0);
}

/// Steps in the file, 0 if there is none; throws if it is no whole checkpoint.
std::int64_t steps_in(const std::filesystem::path& file) {
  return std::filesystem::exists(file) ? fg::Checkpoint(file).step() : 0;
}

bool has_ended_well(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool same_variables(const fg::Checkpoint& a, const fg::Checkpoint& b) {
  if (a.file().tensors().size() != b.file().tensors().size()) return false;
  for (const fg::StoredTensor& tensor : a.file().tensors()) {
    if (a.file().bytes(tensor.name) != b.file().bytes(tensor.name)) return false;
  }
  return true;
}

int run(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto pause = [&](unsigned most_microseconds) {
    ::usleep(static_cast<useconds_t>(random() % most_microseconds));
  };
  const Folder folder;
  const auto undisturbed = folder / "undisturbed.safetensors";
  const auto file = folder / "killed.safetensors";
  if (!has_ended_well(start_training(undisturbed))) return 1;

  int hits_within_a_write = 0;
  std::int64_t before = 0;
  for (int kill = 0; kill < kills; ++kill) {
    const std::int64_t place = total_steps * (kill / 2 + 1) / (kills / 2 + 6);
    const pid_t child =
        start_training(file, std::min(place + steps_until_the_kill, total_steps - 1));
    if (kill % 2 == 0) {
      pause(15'000);
    } else {
      siginfo_t info{};
      while (info.si_pid == 0 && steps_in(file) < place) {
        ::usleep(500);
        ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT);
      }
      pause(4'000);
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFSIGNALED(status)) {
      std::printf("training ended before kill %d\n", kill);
      return 1;
    }
    for (const std::string& name : folder.names())
      if (name.starts_with(".foregraph-partial-")) ++hits_within_a_write;
    const std::int64_t now = steps_in(file);
    if (now < before) {
      std::printf("after kill %d the file is of step %lld, before it was of %lld\n", kill,
                  static_cast<long long>(now), static_cast<long long>(before));
      return 1;
    }
    before = now;
  }
  std::printf("%d kills, %d within a write; %lld of %lld steps by then\n", kills,
              hits_within_a_write, static_cast<long long>(before),
              static_cast<long long>(total_steps));
  if (!has_ended_well(start_training(file))) return 1;
  const fg::Checkpoint got(file);
  const fg::Checkpoint expected(undisturbed);
  if (got.step() != total_steps || got.epoch() != epochs || !same_variables(got, expected)) {
    std::printf("the parameters are not those of training that was left alone\n");
    return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed =
      argc > 1 ? std::strtoull(argv[1], nullptr, 10) : std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  try {
    return run(seed);
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
}
