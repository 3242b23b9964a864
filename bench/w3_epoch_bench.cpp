// w3 measured per epoch, with its pipeline: shuffle, batches, prefetch.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "timing.hpp"
#include "workloads.hpp"

namespace fg = foregraph;
using timing::median;
using timing::seconds_since;

namespace {

/// Times an epoch of 100,000 samples with shuffle, batches and prefetch by fit(), alternating with
/// the same number of steps alone on one cached batch: `of_steps` is the ratio of their medians,
/// `stall` the fraction of its time that the training thread waited for batches. The preflight
/// takes as long for one epoch as for a hundred, so it is timed separately.
void w3_epoch(benchmark::State& state) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  std::vector<float> x(100'000 * 100);
  for (float& v : x) v = normal(generator);
  std::vector<float> y(100'000);
  for (float& v : y) v = static_cast<float>(generator() % 2);
  const auto data =
      fg::data::Dataset().add("x", {100}, std::move(x)).add("label", {1}, std::move(y));
  const fg::data::Pipeline pipeline = fg::data::from(data)
                                          .shuffle(42)
                                          .batch(state.range(0))
                                          .prefetch(static_cast<int>(state.range(1)));
  fg::Trainer<fg::models::w3_wide_data> trainer{fg::optim::adam()};
  fg::Trainer<fg::models::w3_wide_data> alone{fg::optim::adam()};
  alone.prepare(state.range(0));
  workloads::fill_inputs(alone);
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
