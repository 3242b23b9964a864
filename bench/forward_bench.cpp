// w9: the gradients of an elementwise expression, compared with a hand-written loop; and w11: one
// sample forward through w4 and w5, w4 compared with reading its weights once. One and two threads.
//
// `forward_bench --memory w9` prints instead the process's peak memory above its start.
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/train/predict/forward_pass.hpp>
#include <foregraph/models.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "forward_program.hpp"
#include "limits/passes.hpp"
#include "measure.hpp"

namespace fg = foregraph;

namespace {

using Work = std::function<void()>;

struct Workload {
  const char* name;
  fg::Graph (*graph)();
  std::int64_t batch;
  Work (*limit)();
  double target_ratio;
  double target_us;
};

constexpr std::int64_t elements = 1 << 20;

fg::Graph w9() {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch});
  const fg::Tensor w = g.input("w", {fg::batch});
  const fg::Tensor b = g.input("b", {fg::batch});
  const fg::Tensor loss = fg::mean(fg::gelu(x * w + b) * fg::tanh(x) + x * x);
  for (const fg::Tensor& gradient : fg::gradient(g, loss, {x, w, b}))
    g.outputs.push_back(gradient.id);
  g.outputs.push_back(loss.id);
  return fg::optimize(g);
}

Work w9_by_hand() {
  const auto values = std::make_shared<std::vector<std::vector<float>>>(
      6, std::vector<float>(static_cast<std::size_t>(elements), 0.25F));
  return [values] {
    auto& v = *values;
    benchmark::DoNotOptimize(limits::elementwise(v[0].data(), v[1].data(), v[2].data(), v[3].data(),
                                                 v[4].data(), v[5].data(), elements));
  };
}

template <auto ModelFunction>
fg::Graph forward() {
  fg::Graph g;
  const fg::Model model = ModelFunction(g);
  return fg::prediction_graph(g, model);
}

Work read_w4_weights() {
  const auto weights = std::make_shared<std::vector<float>>(669'706, 0.5F);
  return [weights] {
    benchmark::DoNotOptimize(
        limits::sum(weights->data(), static_cast<std::int64_t>(weights->size())));
  };
}

// Target times of w11 are nine tenths of the best peer's: mlpack for w4, ONNX Runtime for w5.
const Workload all[] = {
    {"w9_elementwise/1048576", w9, elements, w9_by_hand, 1.25, 0},
    {"w11_latency_w4/1", forward<fg::models::w4_mlp>, 1, read_w4_weights, 0, 72},
    {"w11_latency_w5/1", forward<fg::models::w5_lenet>, 1, nullptr, 0, 44},
};

void measure_it(benchmark::State& state, const Workload& workload, int threads) {
  const ForwardProgram program(workload.graph(), workload.batch, threads);
  fg::reserve_threads(threads);
  const fg::UseThreads use(threads);
  std::vector<Work> limit;
  if (workload.limit != nullptr) limit.push_back(workload.limit());
  const auto run = [&] { program.run(); };
  std::vector<measure::Times> times;
  for (auto _ : state) {
    times = measure::in_turn(1.0, run, limit);
    state.SetIterationTime(times[0].median());
  }
  measure::set_step(state, times[0]);
  if (!limit.empty()) measure::set_limit(state, {{times[1]}});
  if (workload.target_ratio > 0) state.counters["target_ratio"] = workload.target_ratio;
  if (workload.target_us > 0) state.counters["target_us"] = workload.target_us;
  state.counters["tail"] = measure::tail_of(run);
  state.counters["persistent_bytes"] = static_cast<double>(program.plan().fixed_bytes());
  state.counters["arena_bytes"] =
      static_cast<double>(program.plan().inputs_bytes() + program.plan().transient_bytes);
}

int print_memory(std::string_view name) {
  for (const Workload& workload : all) {
    if (!std::string_view(workload.name).starts_with(name)) continue;
    measure::print_memory(workload.name, [&] {
      const ForwardProgram program(workload.graph(), workload.batch, 1);
      for (int i = 0; i < 10; ++i) program.run();
    });
    return 0;
  }
  std::cerr << "forward_bench: no workload name starts with '" << name << "'\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--memory") return print_memory(argv[2]);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const Workload& workload : all)
    for (const int threads : {1, 2})
      benchmark::RegisterBenchmark(
          (std::string(workload.name) + "/runtime/threads:" + std::to_string(threads)).c_str(),
          [&workload, threads](benchmark::State& state) { measure_it(state, workload, threads); })
          ->Iterations(1)
          ->UseManualTime()
          ->Unit(benchmark::kMicrosecond);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
