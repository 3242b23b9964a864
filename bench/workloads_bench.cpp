// w1-w4: a training step (forward, backward, update) of each workload, of the model the compiler
// knows ("static") and of the same model built at run time ("runtime"); w3 also by the epoch, with
// its pipeline; w4 beside the matrix products it cannot do without. One thread.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <foregraph/runtime/blas.hpp>
#include <foregraph/runtime/kernels/gemm.hpp>
#include <random>
#include <vector>

#include "timing.hpp"

namespace fg = foregraph;
using timing::median;
using timing::seconds_since;

namespace {

/// Random inputs; labels are 0 or 1.
void fill_inputs(fg::Training& training) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  for (float& v : training.input<float>("x")) v = normal(generator);
  const fg::Graph& g = training.step_graph();
  for (const fg::NodeId id : g.inputs) {
    if (g.text(g.node(id).name) != "label") continue;
    if (g.node(id).dtype == fg::i32)
      for (std::int32_t& v : training.input<std::int32_t>("label"))
        v = static_cast<std::int32_t>(generator() % 10);
    else
      for (float& v : training.input<float>("label")) v = static_cast<float>(generator() % 2);
  }
}

template <auto ModelFunction>
void step_static(benchmark::State& state) {
  fg::Trainer<ModelFunction> trainer{fg::adam()};
  trainer.prepare(state.range(0));
  fill_inputs(trainer);
  for (auto _ : state) trainer.step();
  state.counters["arena_bytes"] = static_cast<double>(trainer.allocated().count);
}

template <auto ModelFunction>
void step_runtime(benchmark::State& state) {
  fg::Graph g;
  const fg::Model model = ModelFunction(g);
  fg::Trainer trainer{g, model, fg::adam()};
  trainer.prepare(state.range(0));
  fill_inputs(trainer);
  for (auto _ : state) trainer.step();
  state.counters["arena_bytes"] = static_cast<double>(trainer.allocated().count);
}

/// The products of one w4 step by plain OpenBLAS: forward, and both gradients where needed.
class W4Products {
 public:
  void run() {
    const auto product = [&](bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k) {
      fg::blas_gemm<float>(ta, tb, m, n, k, 1.0F, a_.data(), b_.data(), 0.0F, c_.data());
    };
    product(false, false, 128, 512, 784);
    product(false, false, 128, 512, 512);
    product(false, false, 128, 10, 512);
    product(true, false, 512, 10, 128);
    product(false, true, 128, 512, 10);
    product(true, false, 512, 512, 128);
    product(false, true, 128, 512, 512);
    product(true, false, 784, 512, 128);
    benchmark::DoNotOptimize(c_.data());
  }

 private:
  std::vector<float> a_ = std::vector<float>(784 * 512, 0.5F);
  std::vector<float> b_ = std::vector<float>(784 * 512, 0.25F);
  std::vector<float> c_ = std::vector<float>(784 * 512, 0.0F);
};

/// Step and products in turn, so that both meet the same machine. `of_gemm` is the ratio of their
/// medians: the limit is 1.
template <class Trainer>
void against_products(benchmark::State& state, Trainer& trainer) {
  trainer.prepare(128);
  fill_inputs(trainer);
  W4Products products;
  std::vector<double> steps;
  std::vector<double> gemms;
  for (auto _ : state) {
    auto start = std::chrono::steady_clock::now();
    products.run();
    gemms.push_back(seconds_since(start));
    start = std::chrono::steady_clock::now();
    trainer.step();
    steps.push_back(seconds_since(start));
    state.SetIterationTime(steps.back());
  }
  state.counters["gemm_us"] = median(gemms) * 1e6;
  state.counters["step_us"] = median(steps) * 1e6;
  state.counters["of_gemm"] = median(steps) / median(gemms);
}
void w4_static_of_gemm(benchmark::State& state) {
  fg::Trainer<fg::models::w4_mlp> trainer{fg::adam()};
  against_products(state, trainer);
}
void w4_runtime_of_gemm(benchmark::State& state) {
  fg::Graph g;
  const fg::Model model = fg::models::w4_mlp(g);
  fg::Trainer trainer{g, model, fg::adam()};
  against_products(state, trainer);
}

/// An epoch of 100,000 samples with shuffle, batches and prefetch by fit(), beside as many steps
/// alone, on one batch that lies in the cache: `of_steps` is the ratio of their medians, `stall`
/// the share of its time that the training thread waited for batches. The preflight, which takes as
/// long for an epoch as for a hundred, is timed for itself.
void w3_epoch(benchmark::State& state) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  std::vector<float> x(100'000 * 100);
  for (float& v : x) v = normal(generator);
  std::vector<float> y(100'000);
  for (float& v : y) v = static_cast<float>(generator() % 2);
  const auto data = fg::Dataset().add("x", {100}, std::move(x)).add("label", {1}, std::move(y));
  const fg::Pipeline pipeline =
      fg::from(data).shuffle(42).batch(state.range(0)).prefetch(static_cast<int>(state.range(1)));
  fg::Trainer<fg::models::w3_wide_data> trainer{fg::adam()};
  fg::Trainer<fg::models::w3_wide_data> alone{fg::adam()};
  alone.prepare(state.range(0));
  fill_inputs(alone);
  std::vector<double> epochs;
  std::vector<double> steps;
  double stall = 0;
  for (auto _ : state) {
    auto start = std::chrono::steady_clock::now();
    for (std::int64_t i = 0; i < pipeline.batches_per_epoch(); ++i) alone.step();
    steps.push_back(seconds_since(start));
    start = std::chrono::steady_clock::now();
    const fg::History history =
        trainer.fit(pipeline, {.epochs = 1, .progress = false, .preflight = false});
    epochs.push_back(seconds_since(start));
    stall = history.back().loader.stall_fraction();
    state.SetIterationTime(epochs.back());
  }
  const auto start = std::chrono::steady_clock::now();
  const fg::Report report = trainer.preflight(pipeline);
  state.counters["preflight_ms"] = seconds_since(start) * 1e3;
  state.counters["epoch_ms"] = median(epochs) * 1e3;
  state.counters["steps_ms"] = median(steps) * 1e3;
  state.counters["of_steps"] = median(epochs) / median(steps);
  state.counters["stall"] = stall;
}

}  // namespace

BENCHMARK(step_static<fg::models::w1_logistic>)->Name("w1_logistic/static")->Arg(32);
BENCHMARK(step_runtime<fg::models::w1_logistic>)->Name("w1_logistic/runtime")->Arg(32);
BENCHMARK(step_static<fg::models::w2_linear>)->Name("w2_linear/static")->Arg(16)->Arg(128);
BENCHMARK(step_runtime<fg::models::w2_linear>)->Name("w2_linear/runtime")->Arg(16)->Arg(128);
BENCHMARK(step_static<fg::models::w3_wide_data>)->Name("w3_wide_data/static")->Arg(32)->Arg(10'000);
BENCHMARK(step_runtime<fg::models::w3_wide_data>)
    ->Name("w3_wide_data/runtime")
    ->Arg(32)
    ->Arg(10'000);
BENCHMARK(w3_epoch)
    ->Name("w3_wide_data/epoch")
    ->ArgNames({"batch", "prefetch"})
    ->Args({32, 0})
    ->Args({32, 2})
    ->Args({10'000, 0})
    ->Args({10'000, 2})
    ->UseManualTime()
    ->Iterations(15)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(w4_static_of_gemm)
    ->Name("w4_mlp/static")
    ->UseManualTime()
    ->Iterations(200)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK(w4_runtime_of_gemm)
    ->Name("w4_mlp/runtime")
    ->UseManualTime()
    ->Iterations(200)
    ->Unit(benchmark::kMicrosecond);
