// Matrix products of the workloads: what the library calls ("gemm"), and its two halves, our own
// kernels ("own") and OpenBLAS ("openblas"). One thread.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <foregraph/runtime/blas.hpp>
#include <foregraph/runtime/kernels/gemm.hpp>
#include <vector>

namespace fg = foregraph;

namespace {

template <class Product>
void run(benchmark::State& state, const Product& product) {
  fg::start_blas();
  const std::int64_t m = state.range(0);
  const std::int64_t n = state.range(1);
  const std::int64_t k = state.range(2);
  const bool ta = state.range(3) != 0;
  const bool tb = state.range(4) != 0;
  const std::vector<float> a(static_cast<std::size_t>(m * k), 0.5F);
  const std::vector<float> b(static_cast<std::size_t>(k * n), 0.25F);
  std::vector<float> c(static_cast<std::size_t>(m * n));
  for (auto _ : state) {
    product(ta, tb, m, n, k, 1.0F, a.data(), b.data(), 0.0F, c.data());
    benchmark::DoNotOptimize(c.data());
  }
  state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * static_cast<double>(m * n * k),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

void chosen(benchmark::State& state) {
  run(state, fg::gemm<float>);
}
void own(benchmark::State& state) {
  run(state, [](auto... arguments) { fg::small_gemm<float>(fg::active_isa(), arguments...); });
}
void openblas(benchmark::State& state) {
  run(state, fg::blas_gemm<float>);
}

void shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"m", "n", "k", "ta", "tb"});
  const std::vector<std::vector<std::int64_t>> all{
      {32, 1, 10, 0, 0},       {10, 1, 32, 1, 0},    // w1
      {32, 32, 100, 0, 0},     {100, 32, 32, 1, 0},  // w3
      {10'000, 32, 100, 0, 0}, {100, 32, 10'000, 1, 0}, {10'000, 1, 32, 0, 0},
      {10'000, 32, 1, 0, 1},   {32, 1, 10'000, 1, 0},   {128, 512, 784, 0, 0},
      {784, 512, 128, 1, 0},  // w4
      {128, 512, 512, 0, 0},   {512, 512, 128, 1, 0},   {128, 512, 512, 0, 1},
      {128, 10, 512, 0, 0},    {512, 10, 128, 1, 0},    {128, 512, 10, 0, 1}};
  for (const auto& shape : all) bench->Args(shape);
}

}  // namespace

BENCHMARK(chosen)->Name("gemm")->Apply(shapes);
BENCHMARK(own)->Name("own")->Apply(shapes);
BENCHMARK(openblas)->Name("openblas")->Apply(shapes);
