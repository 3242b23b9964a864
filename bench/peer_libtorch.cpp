// The workloads with libtorch, measured in the same way as the library's. `peer_libtorch --threads
// 2` uses two threads, `peer_libtorch --memory w4` prints the process's peak memory above its
// start, `peer_libtorch --first-step` runs one step of w4. Set OPENBLAS_CORETYPE before starting it
// (the OpenBLAS of Debian 12 does not know newer CPUs).
#include <malloc.h>

#include <cstring>

#include "measure.hpp"
#include "peer_models.hpp"

namespace {

using torch::Tensor;

/// w9: the gradients of mean(gelu(x*w+b)*tanh(x) + x*x).
std::function<void()> w9() {
  const auto some = [] { return torch::randn({1 << 20}).requires_grad_(); };
  const Tensor x = some();
  const Tensor w = some();
  const Tensor b = some();
  return [=] {
    for (Tensor t : {x, w, b}) t.mutable_grad() = Tensor();
    (torch::gelu(x * w + b) * torch::tanh(x) + x * x).mean().backward();
  };
}

/// w10: an epoch of 1,000,000 samples in a new random order.
std::function<void()> w10(int64_t batch) {
  const Tensor data = torch::ones({1'000'000, 100});
  return [=] {
    const Tensor order = torch::randperm(1'000'000);
    for (int64_t first = 0; first < 1'000'000; first += batch)
      benchmark::DoNotOptimize(
          data.index_select(0, order.slice(0, first, std::min<int64_t>(first + batch, 1'000'000)))
              .data_ptr());
  };
}

/// w11: one sample forward.
std::function<void()> w11(torch::nn::Sequential model, std::vector<int64_t> shape) {
  model->eval();
  const Tensor x = torch::randn(shape);
  return [=]() mutable {
    const c10::InferenceMode guard;
    benchmark::DoNotOptimize(model->forward(x).data_ptr());
  };
}

std::vector<peer::Workload> workloads() {
  std::vector<peer::Workload> all = peer::all();
  all.push_back({"w9_elementwise/1048576", w9});
  for (const int64_t batch : {32, 256, 10'000})
    all.push_back({"w10_pipeline/" + std::to_string(batch), [=] { return w10(batch); }});
  all.push_back({"w11_latency_w4/1", [] { return w11(peer::mlp(), {1, 784}); }});
  all.push_back({"w11_latency_w5/1", [] { return w11(peer::lenet(), {1, 1, 28, 28}); }});
  return all;
}

void measure_step(benchmark::State& state, const peer::Workload& workload) {
  const std::function<void()> step = workload.make();
  for (int i = 0; i < 3; ++i) step();
  std::vector<measure::Times> times;
  for (auto _ : state) {
    times = measure::in_turn(1.0, step, std::vector<std::function<void()>>{});
    state.SetIterationTime(times[0].median());
  }
  measure::set_step(state, times[0]);
  state.counters["tail"] = measure::tail_of(step);
}

int print_memory(const std::string& name) {
  for (const peer::Workload& workload : workloads())
    if (workload.name.compare(0, name.size(), name) == 0) {
      measure::print_memory(workload.name, [&] {
        const std::function<void()> step = workload.make();
        for (int i = 0; i < 10; ++i) step();
      });
      return 0;
    }
  std::cerr << "peer_libtorch: no workload name starts with '" << name << "'\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  int threads = 1;
  if (argc > 2 && std::strcmp(argv[1], "--threads") == 0) {
    threads = std::atoi(argv[2]);
    argv[2] = argv[0];
    argc -= 2;
    argv += 2;
  }
  at::set_num_threads(threads);
  if (argc == 3 && std::strcmp(argv[1], "--memory") == 0) return print_memory(argv[2]);
  if (argc == 2 && std::strcmp(argv[1], "--first-step") == 0) {
    peer::w4()();
    return 0;
  }
  // Keep freed memory instead of returning it to the system and clearing it again for each step,
  // which shows the peer at its best. Not used when its memory is measured.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  const std::vector<peer::Workload> all = workloads();
  for (const peer::Workload& workload : all)
    benchmark::RegisterBenchmark(
        (workload.name + "/libtorch/threads:" + std::to_string(threads)).c_str(),
        [&](benchmark::State& state) { measure_step(state, workload); })
        ->Iterations(1)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
