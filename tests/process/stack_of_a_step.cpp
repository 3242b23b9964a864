// How much stack a step takes of the thread that runs it, for every model that is not too large: no
// more than `step_stack_bytes`, which the documents promise. A thread with less is refused.
//
//   stack_of_a_step [MODEL]
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <foregraph/detail/base/system/stack.hpp>
#include <foregraph/detail/tools/models/known.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <functional>
#include <memory>
#include <string>

#include "support/sanitized.hpp"

namespace fg = foregraph;

namespace {

/// Memory for a thread's stack, each byte known, so that what was written shows.
class PaintedStack {
 public:
  explicit PaintedStack(std::size_t bytes)
      : bytes_(bytes),
        memory_(static_cast<unsigned char*>(
            mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    std::memset(memory_, paint, bytes_);
  }
  PaintedStack(const PaintedStack&) = delete;
  PaintedStack& operator=(const PaintedStack&) = delete;
  ~PaintedStack() { munmap(memory_, bytes_); }

  /// Runs `work` on it. Returns what it throws.
  std::exception_ptr run(const std::function<void()>& work) {
    struct Call {
      const std::function<void()>* work;
      PaintedStack* stack;
      std::exception_ptr thrown{};
    } call{&work, this};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, memory_, bytes_);
    pthread_t thread{};
    const int failed = pthread_create(
        &thread, &attributes,
        [](void* argument) -> void* {
          Call& c = *static_cast<Call*>(argument);
          c.stack->top_ = static_cast<unsigned char*>(__builtin_frame_address(0));
          try {
            (*c.work)();
          } catch (...) {
            c.thrown = std::current_exception();
          }
          return nullptr;
        },
        &call);
    pthread_attr_destroy(&attributes);
    if (failed != 0) std::abort();
    pthread_join(thread, nullptr);
    return call.thrown;
  }
  /// From where `work` began down to the lowest byte that was written.
  [[nodiscard]] std::size_t used() const {
    const unsigned char* const lowest =
        std::find_if(memory_, top_, [](unsigned char byte) { return byte != paint; });
    return static_cast<std::size_t>(top_ - lowest);
  }

 private:
  static constexpr unsigned char paint = 0xA5;
  std::size_t bytes_;
  unsigned char* memory_;
  unsigned char* top_ = nullptr;
};

fg::Model wide_f64(fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 512}, fg::f64);
  const fg::Tensor y = g.input("y", {fg::batch, 512}, fg::f64);
  const auto w = g.parameter("w", {512, 512}, fg::normal(0.06), fg::f64);
  return {.loss = fg::nn::mean_squared_error(fg::matmul(fg::tanh(fg::matmul(x, w)), w), y)};
}
fg::Model gru(fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 6, 24});
  const fg::Tensor y = g.input("y", {fg::batch, 1});
  return {.loss = fg::nn::mean_squared_error(
              fg::nn::dense(fg::last_step(fg::nn::gru(x, 64, "gru")), 1, "out"), y)};
}
/// Step by the compiler, with loops of its own for the regions.
constexpr auto specialised = [](fg::Graph& g) {
  const auto x = g.input("x", {fg::batch, 300});
  const auto y = g.input("label", {fg::batch}, fg::i32);
  const auto h = fg::silu(fg::nn::layer_norm(fg::nn::dense(x, 200, "hidden"), "norm"));
  return fg::Model{.loss =
                       fg::nn::softmax_cross_entropy(fg::nn::dense(fg::softmax(h), 10, "out"), y)};
};

bool check(const std::string& name, fg::TrainerBase& training) {
  constexpr std::size_t roomy = std::size_t{2} << 20;
  std::size_t most = 0;
  for (const std::int64_t batch_size : {1, 37}) {
    training.prepare(batch_size);
    PaintedStack stack(roomy);
    if (const auto thrown = stack.run([&] { training.step(); })) std::rethrow_exception(thrown);
    most = std::max(most, stack.used());
  }
  const bool fits = most <= fg::step_stack_bytes;
  std::printf("%-22s %7zu bytes of stack%s\n", name.c_str(), most, fits ? "" : "  TOO MUCH");
  return fits;
}

/// With what is promised, and some for what calls the step, it runs; with less it says so.
bool check_small_stacks(fg::TrainerBase& training) {
  // OpenBLAS alone has 60 KiB of thread-local memory, which glibc takes from the stack.
  constexpr std::size_t caller = std::size_t{96} << 10;
  training.prepare(37);
  PaintedStack enough(fg::step_stack_bytes + caller);
  if (const auto thrown = enough.run([&] { training.step(); })) std::rethrow_exception(thrown);
  for (const std::size_t kib : {96, 128, 192}) {
    PaintedStack little(kib << 10);
    const auto thrown = little.run([&] { training.step(); });
    if (!thrown) {
      std::printf("a step runs with %zu KiB\n", kib);
      return false;
    }
    try {
      std::rethrow_exception(thrown);
    } catch (const fg::ResourceError& error) {
      std::printf("%s\n", error.what());
      const std::string text = error.what();
      if (text.find("a step needs up to 160 KiB of stack, but this thread has ") != 0 ||
          text.find("ulimit -s") == std::string::npos)
        return false;
    }
  }
  training.step();  // nothing has changed for others
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (foregraph::test::is_sanitized) {
    std::printf("skipped: sanitizers take more\n");
    return 77;
  }
  std::vector<fg::NamedModel> models = fg::models::known();
  models.push_back({"wide_f64", "", wide_f64});
  models.push_back({"gru", "", gru});
  bool is_right = true;
  for (const fg::NamedModel& named : models) {
    if (argc > 1 && named.name != argv[1]) continue;
    fg::Graph g;
    const fg::Model model = named.model(g);
    const fg::Graph step = fg::training_graph(g, model, fg::optim::adam());
    constexpr fg::Bytes most{std::int64_t{400} << 20};
    if (fg::plan_memory(step, 37).peak() > most) {
      std::printf("%-22s left out: it takes more than %s\n", named.name.c_str(),
                  to_string(most).c_str());
      continue;
    }
    fg::Trainer trainer{g, model, fg::optim::adam(), {.threads = 1}};
    is_right = check(named.name, trainer) && is_right;
    if (named.name == "w4_mlp") is_right = check_small_stacks(trainer) && is_right;
  }
  if (argc == 1) {
    fg::Trainer<specialised> trainer{fg::optim::adam(), {.threads = 1}};
    is_right = check("specialised", trainer) && is_right;
  }
  return is_right ? 0 : 1;
}
