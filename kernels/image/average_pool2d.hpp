#pragma once

#include <foregraph/detail/kernels/image/pooling.hpp>

/// The kernels of ops/image/average_pool2d.hpp.
namespace foregraph {

namespace pooling {
/// Returns 1 / n, where n is the number of elements in a window's mean.
template <class T>
[[gnu::always_inline]] inline T share_of(const KernelCall& call, const ConvGeometry& g,
                                         const PoolWindow& window) {
  const bool counts_padding = call.attributes->integers[11] != 0;
  return T(1) / static_cast<T>(counts_padding ? g.kernel_h * g.kernel_w : window.size());
}
}  // namespace pooling

struct AveragePool2dKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConvGeometry g = detail::conv_geometry<V>(call, call.input_shapes[0], call.output_shape);
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    pooling::for_each_window<V>(g, [&](const pooling::PoolWindow& window) {
      const V share(pooling::share_of<T>(call, g, window));
      for (std::int64_t c = 0; c < g.channels; c += V::size) {
        V total(T(0));
        window.for_each([&](std::int64_t at) {
          total = total + load_part<V>(x + at * g.channels + c, g.channels - c, T(0));
        });
        store_part(V(total * share), out + window.result * g.channels + c, g.channels - c);
      }
    });
  }
};

struct AveragePool2dGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConvGeometry g = detail::conv_geometry<V>(call, call.output_shape, call.input_shapes[0]);
    const auto* cotangent = static_cast<const T*>(call.inputs[0]);
    pooling::spread<V>(g, static_cast<T*>(call.output),
                       [&](const pooling::PoolWindow& window, std::int64_t c, const auto& add) {
                         const T* from = cotangent + window.result * g.channels + c;
                         const V share(pooling::share_of<T>(call, g, window));
                         const V part = share * load_part<V>(from, g.channels - c, T(0));
                         window.for_each([&](std::int64_t at) { add(at, part); });
                       });
  }
};

}  // namespace foregraph
