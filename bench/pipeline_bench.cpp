// w10_pipeline: an epoch of 1,000,000 in-memory samples of 100 floats, shuffled, in batches. It
// alternates with the minimal work: copying the same rows in a precomputed random order. `ratio` is
// the ratio of their medians.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <foregraph/detail/data/dataset/permutation.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <vector>

#include "measure.hpp"

namespace fg = foregraph;
using timing::seconds_since;

namespace {

constexpr std::int64_t samples = 1'000'000;
constexpr std::int64_t features = 100;
constexpr std::int64_t rows_ahead = 8;  ///< distance of the prefetch before copying

const fg::data::Dataset& data() {
  static const fg::data::Dataset made = fg::data::Dataset().add(
      "x", {features}, std::vector<float>(static_cast<std::size_t>(samples * features), 1.0F));
  return made;
}

void epoch(benchmark::State& state) {
  const std::int64_t batch_size = state.range(0);
  const auto threads = static_cast<int>(state.range(1));
  fg::data::Pipeline pipeline = fg::data::from(data()).shuffle(1).batch(batch_size);
  if (threads > 1) pipeline = pipeline.prefetch(2 * threads).workers(threads);
  fg::data::Loader loader(pipeline);
  std::vector<std::int64_t> order(static_cast<std::size_t>(samples));
  fg::data::permute(order, 1, 0);
  std::vector<float> slot(static_cast<std::size_t>(batch_size * features));
  const auto* rows = reinterpret_cast<const float*>(data().data(0));
  std::vector<double> epochs;
  std::vector<double> gathers;
  std::int64_t number = 0;
  for (auto _ : state) {
    auto start = std::chrono::steady_clock::now();
    for (std::int64_t first = 0; first < samples; first += batch_size) {
      const std::int64_t count = std::min(batch_size, samples - first);
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t ahead = std::min(first + i + rows_ahead, samples - 1);
        const float* next = rows + order[static_cast<std::size_t>(ahead)] * features;
        for (std::int64_t at = 0; at < features; at += 16) __builtin_prefetch(next + at);
        std::memcpy(slot.data() + i * features,
                    rows + order[static_cast<std::size_t>(first + i)] * features,
                    features * sizeof(float));
      }
      benchmark::DoNotOptimize(slot.data());
    }
    gathers.push_back(seconds_since(start));
    start = std::chrono::steady_clock::now();
    fg::data::Batch batch;
    loader.start_epoch(number++);
    while (loader.next(batch)) benchmark::DoNotOptimize(batch.base);
    epochs.push_back(seconds_since(start));
    state.SetIterationTime(epochs.back());
  }
  measure::set_step(state, {epochs});
  measure::set_limit(state, {{{gathers}}});
  state.counters["target_ratio"] = batch_size == 32 ? 2.0 : 1.4;
}

/// Runs on one thread without prefetch, and on two workers, where the consumer only waits.
void register_all() {
  for (const std::int64_t batch : {32, 256, 10'000})
    for (const int threads : {1, 2})
      benchmark::RegisterBenchmark(
          ("w10_pipeline/" + std::to_string(batch) + "/runtime/threads:" + std::to_string(threads))
              .c_str(),
          epoch)
          ->Args({batch, threads})
          ->UseManualTime()
          ->Iterations(7)
          ->Unit(benchmark::kMillisecond);
}

}  // namespace

int main(int argc, char** argv) {
  return measure::run_benchmarks(argc, argv, register_all);
}
