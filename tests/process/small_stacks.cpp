// Where threads get small stacks unless they ask for more (musl gives them 128 KiB), training on
// several threads comes to the numbers of one; and signals sent to the process stay away from the
// library's threads. OpenBLAS's own threads are not the library's, so this runs without them.
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <foregraph/foregraph.hpp>
#include <iterator>
#include <vector>

#include "support/trained.hpp"

namespace fg = foregraph;

namespace {

/// Before main(), as in a system whose default it is.
[[gnu::constructor]] void set_default_stack() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  const std::size_t least =
      std::max<std::size_t>(std::size_t{128} << 10,
                            static_cast<std::size_t>(std::max(0L, sysconf(_SC_THREAD_STACK_MIN))));
  if (pthread_attr_setstacksize(&attributes, least) != 0 ||
      pthread_setattr_default_np(&attributes) != 0)
    std::abort();
  pthread_attr_destroy(&attributes);
}

fg::Model convolutional(fg::Graph& g) {
  const auto x = g.input("x", {fg::batch, 16, 16, 3});
  const auto label = g.input("label", {fg::batch}, fg::i32);
  const auto first = fg::nn::batch_norm(fg::nn::conv2d(x, 16, 3, "first"), "norm");
  const auto second = fg::relu(fg::nn::conv2d(fg::max_pool2d(fg::relu(first)), 32, 3, "second"));
  const auto hidden = fg::relu(fg::nn::dense(fg::flatten(second), 300, "hidden"));
  const auto logits = fg::nn::dense(hidden, 4, "logits");
  return {.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
}

fg::data::Dataset pictures() {
  std::vector<float> x;
  std::vector<std::int32_t> label;
  for (std::size_t i = 0; i < 5000; ++i) {  // more than a block of statistics
    label.push_back(static_cast<std::int32_t>(i % 4));
    for (std::size_t k = 0; k < 16 * 16 * 3; ++k)
      x.push_back(static_cast<float>((i * 31 + k * 7) % 13 + (k % 4 == i % 4 ? 5 : 0)));
  }
  return fg::data::Dataset().add("x", {16, 16, 3}, x).add("label", {}, label);
}

using fg::test::Trained;

Trained train(const fg::data::Dataset& data, int threads, int workers) {
  fg::Graph g;
  const fg::Model model = convolutional(g);
  const fg::data::Preprocessing scaled =
      fg::data::Preprocessing().standardize("x").fit(data, {.workers = workers});
  fg::Trainer trainer{g, model, fg::optim::adam(0.001), {.threads = threads}};
  const fg::History history = trainer.fit(
      fg::data::from(data).take(256).preprocess(scaled).shuffle(1).batch(64).prefetch(2).workers(
          workers),
      {.epochs = 1, .progress = false, .preflight = false});
  return fg::test::trained(trainer, history);
}

/// The threads that the process has: of the pool, whose threads stay, and the main one.
std::ptrdiff_t threads_now() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

volatile std::sig_atomic_t handled = 0;

/// The process gets a signal that the main thread blocks: only another thread could handle it.
bool check_signals(const fg::data::Dataset& data) {
  struct sigaction action {};
  action.sa_handler = [](int) { handled = handled + 1; };
  sigaction(SIGUSR1, &action, nullptr);
  sigset_t user;
  sigemptyset(&user);
  sigaddset(&user, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &user, nullptr);
  kill(getpid(), SIGUSR1);
  (void)train(data, 4, 3);
  const int elsewhere = handled;
  pthread_sigmask(SIG_UNBLOCK, &user, nullptr);  // handled here now
  std::printf("handled on other threads: %d, on the main thread: %d\n", elsewhere,
              handled - elsewhere);
  return elsewhere == 0 && handled == 1;
}

}  // namespace

int main() {
  const fg::data::Dataset data = pictures();
  const Trained expected = train(data, 1, 1);
  const Trained got = train(data, 4, 3);
  const bool is_same = got.weights == expected.weights && got.losses == expected.losses;
  // Without them the numbers would be the same too.
  const std::ptrdiff_t threads = threads_now();
  const bool are_all_there = got.workers == std::vector<int>{3} && threads >= 4;
  std::printf("%d workers, then %td threads: %s\n", got.workers.front(), threads,
              is_same ? "the same numbers" : "OTHER NUMBERS");
  return check_signals(data) && is_same && are_all_there ? 0 : 1;
}
