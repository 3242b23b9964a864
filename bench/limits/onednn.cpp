#include "onednn.hpp"

#include "products.hpp"

#if defined(FOREGRAPH_BENCH_ONEDNN)
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

// From the OpenMP runtime that oneDNN brings with it.
extern "C" void omp_set_num_threads(int threads);

namespace limits {

void onednn::use_threads(int threads) {
  omp_set_num_threads(threads);
}

void onednn::gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, float alpha,
                  const float* a, const float* b, float beta, float* c) {
  dnnl_sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, alpha, a, ta ? m : k, b, tb ? k : n, beta, c,
             n);
}

namespace {
using Tag = dnnl::memory::format_tag;

struct Step {
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> arguments;
};
struct Network {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::vector<Step> steps;

  void add(const Convolution& c, std::int64_t batch) {
    const std::int64_t out = (c.size + 2 * c.padding - c.kernel) / c.stride + 1;
    const auto f32 = dnnl::memory::data_type::f32;
    const dnnl::memory::desc x({batch, c.channels, c.size, c.size}, f32, Tag::nhwc);
    const dnnl::memory::desc y({batch, c.filters, out, out}, f32, Tag::nhwc);
    const dnnl::memory::desc w({c.filters, c.channels, c.kernel, c.kernel}, f32, Tag::any);
    const dnnl::memory::dims strides{c.stride, c.stride};
    const dnnl::memory::dims padding{c.padding, c.padding};
    const auto direct = dnnl::algorithm::convolution_direct;
    const auto memory = [&](const dnnl::memory::desc& d) { return dnnl::memory(d, engine); };

    const dnnl::convolution_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, direct, x, w, y, strides, padding, padding}, engine);
    const auto mx = memory(x);
    const auto my = memory(y);
    steps.push_back({dnnl::convolution_forward(forward),
                     {{DNNL_ARG_SRC, mx},
                      {DNNL_ARG_WEIGHTS, memory(forward.weights_desc())},
                      {DNNL_ARG_DST, my}}});
    const dnnl::convolution_backward_weights::primitive_desc weights(
        {direct, x, w, y, strides, padding, padding}, engine, forward);
    steps.push_back({dnnl::convolution_backward_weights(weights),
                     {{DNNL_ARG_SRC, mx},
                      {DNNL_ARG_DIFF_WEIGHTS, memory(weights.diff_weights_desc())},
                      {DNNL_ARG_DIFF_DST, my}}});
    if (c.is_first) return;
    const dnnl::convolution_backward_data::primitive_desc data(
        {direct, x, w, y, strides, padding, padding}, engine, forward);
    steps.push_back({dnnl::convolution_backward_data(data),
                     {{DNNL_ARG_DIFF_SRC, mx},
                      {DNNL_ARG_WEIGHTS, memory(data.weights_desc())},
                      {DNNL_ARG_DIFF_DST, my}}});
  }
};
}  // namespace

std::vector<std::function<void()>> convolutions(const std::vector<Convolution>& all,
                                                std::int64_t batch, int threads) {
  if (all.empty()) return {};
  onednn::use_threads(threads);  // primitives are created for a fixed number of threads
  const auto network = std::make_shared<Network>();
  for (const Convolution& c : all)
    for (std::int64_t i = 0; i < c.count; ++i) network->add(c, batch);
  return {[network, threads] {
    onednn::use_threads(threads);
    for (Step& step : network->steps) step.primitive.execute(network->stream, step.arguments);
    network->stream.wait();
  }};
}

}  // namespace limits
#else
namespace limits {

void onednn::use_threads(int) {}
void onednn::gemm(bool, bool, std::int64_t, std::int64_t, std::int64_t, float, const float*,
                  const float*, float, float*) {}
std::vector<std::function<void()>> convolutions(const std::vector<Convolution>&, std::int64_t,
                                                int) {
  return {};
}

}  // namespace limits
#endif
