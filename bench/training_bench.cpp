// Workloads w1 to w8: training steps (forward, backward, update) compared with their limits, on one
// and on two threads. See workloads_w1_to_w8.cpp for the workloads.
//
// `training_bench --memory w4` prints instead the process's peak memory above its start.
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <string_view>

#include "limits/passes.hpp"
#include "measure.hpp"
#include "workloads.hpp"

namespace fg = foregraph;
using workloads::Workload;

namespace {

/// Alternative implementations of one part of the limit.
using Part = std::vector<std::function<void()>>;

Part adam_pass(std::int64_t count) {
  struct State {
    std::vector<float> p, m, v, g;
  };
  const std::vector<float> values(static_cast<std::size_t>(count), 0.01F);
  const auto state = std::make_shared<State>(State{values, values, values, values});
  return {[=] {
    limits::adam(state->p.data(), state->m.data(), state->v.data(), state->g.data(), count);
  }};
}

Part norm_passes(const std::vector<Workload::Norm>& norms) {
  std::int64_t size = 0;
  for (const Workload::Norm& n : norms) size = std::max(size, n.rows * n.channels);
  struct State {
    std::vector<float> x, dy, y, dx;
  };
  const std::vector<float> values(static_cast<std::size_t>(size), 0.5F);
  const auto state = std::make_shared<State>(State{values, values, values, values});
  return {[=] {
    for (const Workload::Norm& n : norms)
      for (int i = 0; i < n.count; ++i)
        limits::batch_norm(state->x.data(), state->dy.data(), state->y.data(), state->dx.data(),
                           n.rows, n.channels);
  }};
}

/// Returns the parts of the limit; empty if a part cannot be measured here.
std::vector<Part> limit_of(const Workload& workload, int threads) {
  std::vector<Part> parts;
  if (!workload.products.empty())
    parts.push_back(limits::by_each_library(workload.products, threads));
  if (!workload.convolutions.empty()) {
    parts.push_back(limits::convolutions(workload.convolutions, workload.batch, threads));
    if (parts.back().empty()) return {};
  }
  if (workload.adam_parameters > 0) parts.push_back(adam_pass(workload.adam_parameters));
  if (!workload.norms.empty()) parts.push_back(norm_passes(workload.norms));
  return parts;
}

void step(benchmark::State& state, const Workload& workload, bool is_static, int threads) {
  const workloads::Made training = workloads::prepared(workload, is_static, threads);
  fg::reserve_threads(threads);
  const fg::UseThreads use(threads);
  const std::vector<Part> parts = limit_of(workload, threads);
  Part flat;
  for (const Part& part : parts) flat.insert(flat.end(), part.begin(), part.end());
  const auto run = [&] { training->step(); };

  std::vector<measure::Times> times;
  for (auto _ : state) {
    times = measure::in_turn(1.0, run, flat);
    state.SetIterationTime(times[0].median());
  }
  measure::set_step(state, times[0]);
  std::vector<std::vector<measure::Times>> limit;
  auto next = times.begin() + 1;
  for (const Part& part : parts) {
    const auto end = next + static_cast<std::ptrdiff_t>(part.size());
    limit.emplace_back(next, end);
    next = end;
  }
  measure::set_limit(state, limit);
  if (workload.target_ratio > 0) state.counters["target_ratio"] = workload.target_ratio;
  const double target = is_static ? workload.target_static_us : workload.target_runtime_us;
  if (target > 0) state.counters["target_us"] = target;
  state.counters["tail"] = measure::tail_of(run);
  state.counters["persistent_bytes"] = static_cast<double>(training->plan().fixed_bytes());
  state.counters["arena_bytes"] =
      static_cast<double>(training->plan().inputs_bytes() + training->plan().transient_bytes);
}

void register_all() {
  for (const Workload& workload : workloads::all())
    for (const bool is_static : {true, false}) {
      if (is_static && !workload.make_static) continue;
      for (const int threads : {1, 2})
        benchmark::RegisterBenchmark((workload.name + (is_static ? "/static" : "/runtime") +
                                      "/threads:" + std::to_string(threads))
                                         .c_str(),
                                     [&workload, is_static, threads](benchmark::State& state) {
                                       step(state, workload, is_static, threads);
                                     })
            ->Iterations(1)
            ->UseManualTime()
            ->Unit(benchmark::kMicrosecond);
    }
}

int print_memory(std::string_view name) {
  for (const Workload& workload : workloads::all()) {
    if (!workload.name.starts_with(name)) continue;
    measure::print_memory(workload.name, [&] {
      const workloads::Made training =
          workloads::prepared(workload, static_cast<bool>(workload.make_static), 1);
      for (int i = 0; i < 10; ++i) training->step();
    });
    return 0;
  }
  std::cerr << "training_bench: no workload name starts with '" << name << "'\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--memory") return print_memory(argv[2]);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  register_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
