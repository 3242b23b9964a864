// A system that starts only so many threads: training goes on with those, to the same numbers, and
// a file that the process may not have is an error as ever.
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/page_file.hpp>
#include <foregraph/detail/base/system/thread.hpp>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "support/file_size_limit.hpp"
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

/// Returns the number of wrong outcomes of a page file without a thread whose process may not have
/// a file of its size. The signal that the system sends in that case ends a process by default.
int failures_of_page_files() {
  const std::vector<std::byte> value(100'000, std::byte{3});
  const auto size = static_cast<std::int64_t>(value.size());
  const auto is_refused = [](const char* what, auto call) {
    try {
      const fg::test::FileSizeLimit limit(4096);
      call();
    } catch (const fg::FileError& error) {
      std::printf("%s: %s\n", what, error.what());
      return error.error_number() == EFBIG;
    }
    std::printf("%s: not refused\n", what);
    return false;
  };
  int failures = 0;
  if (!is_refused("too large a file", [&] { const fg::PageFile file({}, size, 1); })) ++failures;
  fg::PageFile file({}, size, 1);
  if (!is_refused("too far a write", [&] {
        file.begin_write(0, value.data(), size, 0);
        file.wait(0);
      }))
    ++failures;
  sigset_t blocked;
  sigset_t pending;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  ::sigpending(&pending);
  if (::sigismember(&blocked, SIGXFSZ) != 0 || ::sigismember(&pending, SIGXFSZ) != 0) {
    std::printf("the signal of a large file is still blocked or pending\n");
    ++failures;
  }
  return failures;
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
  failures += failures_of_page_files();
  return failures == 0 ? 0 : 1;
}
