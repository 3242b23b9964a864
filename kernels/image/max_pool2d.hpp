#pragma once

#include <foregraph/detail/kernels/image/pooling.hpp>

/// The kernels of ops/image/max_pool2d.hpp.
namespace foregraph {

struct MaxPool2dKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConvGeometry g = detail::conv_geometry<V>(call, call.input_shapes[0], call.output_shape);
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    pooling::for_each_window<V>(g, [&](const pooling::PoolWindow& window) {
      for (std::int64_t c = 0; c < g.channels; c += V::size)
        store_part(pooling::largest_of<V>(g, window, x, c), out + window.result * g.channels + c,
                   g.channels - c);
    });
  }
};

struct MaxPool2dGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConvGeometry g =
        detail::conv_geometry<V>(call, call.input_shapes[0], call.input_shapes[1]);
    const auto* x = static_cast<const T*>(call.inputs[0]);
    const auto* cotangent = static_cast<const T*>(call.inputs[1]);
    pooling::spread<V>(
        g, static_cast<T*>(call.output),
        [&](const pooling::PoolWindow& window, std::int64_t c, const auto& add) {
          const V ct =
              load_part<V>(cotangent + window.result * g.channels + c, g.channels - c, T(0));
          pooling::for_each_candidate<V>(g, window, x, c, [&](std::int64_t at, V is_it) {
            add(at, select(is_it == V(T(1)), ct, V(T(0))));
          });
        });
  }
};

struct MaxPool2dGatherKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConvGeometry g = detail::conv_geometry<V>(call, call.input_shapes[0], call.output_shape);
    const auto* x = static_cast<const T*>(call.inputs[0]);
    const auto* u = static_cast<const T*>(call.inputs[1]);
    auto* out = static_cast<T*>(call.output);
    pooling::for_each_window<V>(g, [&](const pooling::PoolWindow& window) {
      for (std::int64_t c = 0; c < g.channels; c += V::size) {
        const std::int64_t left = g.channels - c;
        V found(T(0));
        pooling::for_each_candidate<V>(g, window, x, c, [&](std::int64_t at, V is_it) {
          const V here = load_part<V>(u + at * g.channels + c, left, T(0));
          found = select(is_it == V(T(1)), here, found);
        });
        store_part(found, out + window.result * g.channels + c, left);
      }
    });
  }
};

}  // namespace foregraph
