// A system that starts only so many threads: training goes on with those, to the same numbers.
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <foregraph/detail/base/system/thread.hpp>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "support/trained.hpp"
#include "support/training_data.hpp"

namespace fg = foregraph;

namespace {

std::atomic<int> threads_left{1 << 30};

}  // namespace

/// In the place of the system's, for the library and for libstdc++.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*body)(void*), void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  if (threads_left.fetch_sub(1) <= 0) return EAGAIN;
  return create(thread, attributes, body, argument);
}

namespace {

using fg::test::Trained;

Trained train(int threads, int workers) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 48});
  const auto label = g.input("label", {fg::batch}, fg::i32);
  const auto logits = fg::nn::dense(fg::relu(fg::nn::dense(x, 256, "hidden")), 4, "logits");
  const fg::Model model{.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
  const fg::data::Dataset data = fg::test::many_classes(2048, 48, 4);
  const fg::data::Preprocessing scaled =
      fg::data::Preprocessing().standardize("x").fit(data, {.workers = 3});
  fg::Trainer trainer{g, model, fg::optim::adam(0.01), {.threads = threads}};
  const fg::History history = trainer.fit(
      fg::data::from(data).preprocess(scaled).shuffle(1).batch(512).prefetch(2).workers(workers),
      {.epochs = 2, .progress = false, .preflight = false});
  return fg::test::trained(trainer, history);
}

}  // namespace

int main() {
  const Trained expected = train(1, 1);
  int failures = 0;
  // The pool never shrinks, so the fewest come first.
  for (int most = 0; most <= 8; ++most) {
    threads_left = most;
    const Trained got = train(4, 3);
    threads_left = 1 << 30;
    const bool is_same = got.weights == expected.weights && got.losses == expected.losses;
    std::printf("%d threads: %s, %d workers\n", most,
                is_same ? "the same numbers" : "OTHER NUMBERS", got.workers.front());
    if (!is_same || got.workers.front() > most) ++failures;
  }
  threads_left = 0;
  try {
    fg::Thread thread([] {});
    thread.join();
    std::printf("a thread of none\n");
    ++failures;
  } catch (const fg::ResourceError& error) {
    std::printf("%s\n", error.what());
    const std::string text = error.what();
    if (text.find("cannot start a thread: Resource temporarily unavailable") == std::string::npos ||
        text.find("ulimit -u") == std::string::npos)
      ++failures;
  }
  return failures == 0 ? 0 : 1;
}
