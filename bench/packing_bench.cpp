// Placements found by search_placement() for synthetic training steps: the distance of the peak
// from the lower bound, and the time. scripts/bench_packing does the same for files.
#include <benchmark/benchmark.h>

#include <foregraph/detail/planner/search_placement.hpp>

#include "training_buffers.hpp"

namespace {

void pack(benchmark::State& state) {
  const auto seed = static_cast<std::uint64_t>(state.range(1));
  const auto ranges = training_buffers::made_up_step(seed, static_cast<int>(state.range(0)));
  foregraph::PackResult result;
  for (auto _ : state) result = foregraph::search_placement(ranges);
  const auto peak = static_cast<double>(result.placement.peak_bytes);
  const auto bound = static_cast<double>(result.lower_bound_bytes);
  state.counters["buffers"] = static_cast<double>(ranges.size());
  state.counters["peak"] = peak;
  state.counters["over_bound_%"] = 100 * (peak / bound - 1);
}

}  // namespace

BENCHMARK(pack)
    ->Name("pack")
    ->ArgNames({"about", "seed"})
    ->ArgsProduct({{100, 300, 1'000, 10'000, 60'000}, {1, 2, 3, 4}})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
