// Matrix products of the workloads: the library's choice ("gemm"), the library's own kernels
// ("tile", "blocked"), OpenBLAS ("openblas") and, if it was found, oneDNN ("onednn"). One thread;
// "gemm" also on two.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <vector>
#if defined(FOREGRAPH_BENCH_ONEDNN)
#include <oneapi/dnnl/dnnl.h>
#endif

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
void chosen_on_two_threads(benchmark::State& state) {
  fg::reserve_threads(2);
  const fg::UseThreads two(2);
  run(state, fg::gemm<float>);
}
template <fg::GemmPath path>
void own(benchmark::State& state) {
  run(state, [](auto... arguments) { fg::own_gemm<float>(fg::active_isa(), path, arguments...); });
}
void openblas(benchmark::State& state) {
  run(state, fg::blas_gemm<float>);
}
#if defined(FOREGRAPH_BENCH_ONEDNN)
// Set OMP_NUM_THREADS=1, since oneDNN has its own threads.
void onednn(benchmark::State& state) {
  run(state, [](bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, float alpha,
                const float* a, const float* b, float beta, float* c) {
    dnnl_sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, alpha, a, ta ? m : k, b, tb ? k : n, beta,
               c, n);
  });
}
#endif

void shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"m", "n", "k", "ta", "tb"});
  const std::vector<std::vector<std::int64_t>> all{
      {32, 1, 10, 0, 0},        {10, 1, 32, 1, 0},    // w1
      {32, 32, 100, 0, 0},      {100, 32, 32, 1, 0},  // w3
      {10'000, 32, 100, 0, 0},  {100, 32, 10'000, 1, 0}, {10'000, 1, 32, 0, 0},
      {10'000, 32, 1, 0, 1},    {32, 1, 10'000, 1, 0},   {128, 512, 784, 0, 0},
      {784, 512, 128, 1, 0},  // w4
      {128, 512, 512, 0, 0},    {512, 512, 128, 1, 0},   {128, 512, 512, 0, 1},
      {128, 10, 512, 0, 0},     {512, 10, 128, 1, 0},    {128, 512, 10, 0, 1},
      {1, 512, 784, 0, 0},      {1, 512, 512, 0, 0},     // w11
      {1024, 1024, 64, 0, 0},   {64, 1024, 1024, 1, 0},  // w7
      {32, 1024, 256, 0, 0},    {32, 256, 1024, 0, 1},   {256, 1024, 1024, 1, 0},
      {2048, 384, 128, 0, 0},   {2048, 128, 384, 0, 1},  {128, 384, 2048, 1, 0},  // w8
      {2048, 128, 128, 0, 0},   {2048, 512, 128, 0, 0},  {2048, 128, 512, 0, 0},
      {2048, 128, 512, 0, 1},   {2048, 512, 128, 0, 1},  {128, 512, 2048, 1, 0},
      {512, 128, 2048, 1, 0},   {2048, 96, 128, 0, 0},   {2048, 128, 96, 0, 1},
      {128, 96, 2048, 1, 0},    {1024, 16, 144, 0, 0},   {256, 32, 288, 0, 0},
      {64, 64, 576, 0, 0},  // convolutions
      {64, 576, 64, 0, 1},      {576, 64, 64, 1, 0},     {144, 16, 1024, 1, 0},
      {3136, 64, 64, 0, 0},     {784, 256, 64, 0, 0},    {512, 512, 512, 0, 0},
      {1024, 1024, 1024, 0, 0}, {2048, 2048, 2048, 0, 0}};
  for (const auto& shape : all) bench->Args(shape);
}

}  // namespace

BENCHMARK(chosen)->Name("gemm")->Apply(shapes);
BENCHMARK(chosen_on_two_threads)->Name("gemm_2_threads")->Apply(shapes)->UseRealTime();
BENCHMARK(own<fg::GemmPath::tile>)->Name("tile")->Apply(shapes);
BENCHMARK(own<fg::GemmPath::blocked>)->Name("blocked")->Apply(shapes);
BENCHMARK(openblas)->Name("openblas")->Apply(shapes);
#if defined(FOREGRAPH_BENCH_ONEDNN)
BENCHMARK(onednn)->Name("onednn")->Apply(shapes);
#endif
