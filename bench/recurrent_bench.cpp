// w7: an LSTM as one op, compared with the same LSTM unrolled into simple ops: time of a training
// step, planned memory, nodes. One thread.
#include <benchmark/benchmark.h>

#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <random>

namespace fg = foregraph;

namespace {

/// Returns w7_lstm with the recurrence unrolled step by step.
fg::Model unrolled_w7(fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 32, 64});
  const fg::Tensor label = g.input("label", {fg::batch}, fg::i32);
  const fg::Tensor gates = fg::nn::dense(x, 4 * 256, "input", {.every_position = true});
  const fg::Tensor recurrent = g.parameter("recurrent", {256, 1024}, fg::orthogonal());
  const fg::detail::UnrolledLstm states(gates, recurrent, fg::Location::current());
  const fg::Tensor logits = fg::nn::dense(states.hidden.back(), 10, "logits");
  return {.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
}

template <class ModelFunction>
void step(benchmark::State& state, const ModelFunction& function) {
  fg::Graph g;
  const fg::Model model = function(g);
  fg::Trainer trainer{g, model, fg::optim::adam()};
  trainer.prepare(32);
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  for (float& v : trainer.input<float>("x")) v = normal(generator);
  for (std::int32_t& v : trainer.input<std::int32_t>("label"))
    v = static_cast<std::int32_t>(generator() % 10);
  for (auto _ : state) trainer.step();
  state.counters["arena_bytes"] = static_cast<double>(trainer.allocated().count);
  state.counters["nodes"] = trainer.step_graph().size();
}

void w7_one_op(benchmark::State& state) {
  step(state, fg::models::w7_lstm);
}
void w7_unrolled(benchmark::State& state) {
  step(state, unrolled_w7);
}
BENCHMARK(w7_one_op)->Unit(benchmark::kMillisecond);
BENCHMARK(w7_unrolled)->Unit(benchmark::kMillisecond);

}  // namespace
