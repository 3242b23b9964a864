// The bytes that training allocates against the plan: for models with every kind of kernel, three
// batches and up to 64 threads. Counts the blocks that really are allocated for arenas, which are
// the only ones aligned to 64 bytes once the pool's threads exist.
#include <cstdio>
#include <cstdlib>
#include <foregraph/detail/all_models.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/optim.hpp>
#include <foregraph/plan.hpp>
#include <foregraph/threads.hpp>
#include <functional>
#include <mutex>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

namespace fg = foregraph;

namespace {

std::mutex mutex;
std::int64_t arena_bytes = 0;
/// Never destroyed: memory is freed until the process ends.
std::unordered_map<void*, std::size_t>& arena_blocks() {
  static auto* const blocks = new std::unordered_map<void*, std::size_t>;
  return *blocks;
}

void* allocate(std::size_t bytes, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  void* const memory = std::aligned_alloc(align, (bytes + align - 1) / align * align);
  if (memory == nullptr || align != static_cast<std::size_t>(fg::alignment_bytes)) return memory;
  const std::lock_guard lock(mutex);
  arena_blocks()[memory] = bytes;
  arena_bytes += static_cast<std::int64_t>(bytes);
  return memory;
}
void release(void* memory) {
  const std::lock_guard lock(mutex);
  if (const auto found = arena_blocks().find(memory); found != arena_blocks().end()) {
    arena_bytes -= static_cast<std::int64_t>(found->second);
    arena_blocks().erase(found);
  }
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t bytes, std::align_val_t alignment) {
  if (void* const memory = allocate(bytes, alignment)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(bytes, alignment);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  release(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  release(memory);
}

namespace {

struct NamedModel {
  std::string name;
  std::function<fg::Model(fg::Graph&)> build;
};

fg::Model grouped_convolutions(fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 12, 12, 8});
  const fg::Tensor label = g.input("label", {fg::batch}, fg::i32);
  fg::Tensor y = fg::relu(fg::nn::conv2d(x, 16, 5, "large", {.conv = fg::square_conv(2, 2)}));
  y = fg::relu(fg::nn::conv2d(y, 16, 3, "groups", {.conv = fg::square_conv(1, 1, 4)}));
  const fg::Tensor logits = fg::nn::dense(fg::flatten(y), 5, "logits");
  return {.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
}

std::vector<NamedModel> models() {
  using namespace fg::models;
  return {{"w1_logistic", w1_logistic},
          {"w2_linear", w2_linear},
          {"w3_wide_data", w3_wide_data},
          {"w4_mlp", w4_mlp},
          {"w5_lenet", w5_lenet},
          {"w6_resnet20", w6_resnet20},
          {"w7_lstm", w7_lstm},
          {"w8_transformer", w8_transformer},
          {"mobilenet_v2_small", mobilenet_v2_small},
          {"grouped convolutions", grouped_convolutions},
          {"a small ResNet",
           [](fg::Graph& g) {
             return cifar_resnet(g, {.blocks = 1, .size = 16, .width = 8, .classes = 4});
           }},
          {"a MobileNet with bias",
           [](fg::Graph& g) {
             return mobilenet_v2(g, {.width = 0.35, .size = 32, .classes = 10, .folded = true});
           }},
          {"a GPT with dropout", [](fg::Graph& g) {
             return gpt(g, {.vocabulary = 50,
                            .context = 40,
                            .width = 32,
                            .heads = 2,
                            .layers = 2,
                            .dropout = 0.1});
           }}};
}

int failures = 0;

void check(fg::Bytes actual, fg::Bytes expected, const std::string& what) {
  if (actual == expected) return;
  ++failures;
  std::printf("%s: %s B, expected the plan's %s B\n", what.c_str(),
              fg::with_separators(actual.count).c_str(),
              fg::with_separators(expected.count).c_str());
}

template <class Optimizer>
bool check_model(const NamedModel& model, const Optimizer& optimizer, const char* optimizer_name) {
  fg::Graph g;
  const fg::Model built = model.build(g);
  bool threads_count = false;
  for (const int threads : {64, 1, 2, 16, 4}) {
    const std::int64_t before = arena_bytes;
    fg::Trainer trainer{
        g, built, optimizer, {.memory_budget = fg::Budget::unlimited(), .threads = threads}};
    for (const std::int64_t batch_size : {5, 1, 3}) {
      const std::string what = model.name + ", " + optimizer_name + ", batch " +
                               std::to_string(batch_size) + ", " + std::to_string(threads) +
                               " threads: ";
      const fg::Bytes planned =
          fg::peak_memory(model.build, optimizer, batch_size, {.threads = threads});
      check(trainer.predicted_peak(batch_size), planned, what + "predicted_peak()");
      trainer.prepare(batch_size);
      const fg::Bytes allocated{arena_bytes - before};
      check(allocated, planned, what + "the arenas");
      check(trainer.allocated(), planned, what + "allocated()");
      check(trainer.plan().peak(), planned, what + "plan()");
      check(trainer.remedy().peak, planned, what + "remedy()");
      if (batch_size == 1) trainer.step();
      check(fg::Bytes{arena_bytes - before}, planned, what + "the arenas after a step");
      threads_count |= planned > trainer.plan().peak() - fg::Bytes{trainer.plan().thread_bytes};
    }
  }
  return threads_count;
}

}  // namespace

int main() {
  fg::reserve_threads(64);  // its threads' records are aligned to 64 bytes as well
  int of_threads = 0;
  for (const NamedModel& model : models()) {
    of_threads += check_model(model, fg::optim::sgd(), "SGD") ? 1 : 0;
    of_threads += check_model(model, fg::optim::adam(), "Adam") ? 1 : 0;
  }
  std::printf("%d failures; %d of %zu steps have workspaces on each thread\n", failures, of_threads,
              2 * models().size());
  return failures == 0 && of_threads > 0 ? 0 : 1;
}
