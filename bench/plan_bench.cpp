// Run-time planning cost: graph, gradient, passes and plan of a training step.
#include <benchmark/benchmark.h>

#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>

namespace fg = foregraph;

namespace {

template <auto ModelFunction>
void plan(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(fg::compile(ModelFunction, fg::optim::adam(), 128).plan.peak());
}

/// Plans a stack of `layers` dense layers.
void plan_deep(benchmark::State& state) {
  const auto layers = state.range(0);
  const auto model = [layers](fg::Graph& g) {
    fg::Tensor h = g.input("x", {fg::batch, 64});
    const fg::Tensor y = g.input("label", {fg::batch}, fg::i32);
    for (std::int64_t i = 0; i < layers; ++i)
      h = fg::relu(fg::nn::dense(h, 64, "layer" + std::to_string(i)));
    return fg::Model{.loss = fg::nn::softmax_cross_entropy(h, y), .outputs = {h}};
  };
  for (auto _ : state) benchmark::DoNotOptimize(fg::compile(model, fg::optim::adam(), 128));
  state.SetComplexityN(layers);
}

}  // namespace

BENCHMARK(plan<fg::models::w1_logistic>)->Name("plan/w1_logistic")->Unit(benchmark::kMicrosecond);
BENCHMARK(plan<fg::models::w4_mlp>)->Name("plan/w4_mlp")->Unit(benchmark::kMicrosecond);
BENCHMARK(plan_deep)
    ->Name("plan/dense_layers")
    ->RangeMultiplier(4)
    ->Range(4, 256)
    ->Complexity()
    ->Unit(benchmark::kMillisecond);
