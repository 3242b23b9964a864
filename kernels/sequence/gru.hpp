#pragma once

#include <cstdint>

#include <foregraph/detail/graph/kernel.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/simd/vector_math.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>

/// The kernels of ops/sequence/gru.hpp.
namespace foregraph {

namespace detail {
/// Gates r, z, n of one sample and step, and the last third of p plus b (`candidate`), computed
/// from x and the product p = h . w (null at the first step).
template <class T, class V>
struct GruGates {
  V r, z, n, candidate;

  [[gnu::always_inline]] static GruGates of(const T* x, const T* p, const T* bias, std::int64_t k,
                                            std::int64_t units) {
    const std::int64_t left = units - k;
    const V zero(T(0));
    V sum_r = load_part<V>(x + k, left, T(0));
    V sum_z = load_part<V>(x + units + k, left, T(0));
    V candidate = load_part<V>(bias + k, left, T(0));
    if (p != nullptr) {
      sum_r = sum_r + load_part<V>(p + k, left, T(0));
      sum_z = sum_z + load_part<V>(p + units + k, left, T(0));
      candidate = candidate + load_part<V>(p + 2 * units + k, left, T(0));
    }
    GruGates result{vector_math::logistic_of(sum_r), vector_math::logistic_of(sum_z), zero,
                    candidate};
    result.n =
        vector_math::tanh_of(load_part<V>(x + 2 * units + k, left, T(0)) + result.r * candidate);
    return result;
  }
};
}  // namespace detail

struct GruKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t samples = call.output_shape.dims[0];
    const std::int64_t steps = call.output_shape.dims[1];
    const std::int64_t units = call.output_shape.dims[2];
    const auto* x = static_cast<const T*>(call.inputs[0]);
    const auto* w = static_cast<const T*>(call.inputs[1]);
    const auto* bias = static_cast<const T*>(call.inputs[2]);
    auto* out = static_cast<T*>(call.output);
    auto* products = static_cast<T*>(call.workspace);  // [N,3H]
    T* hidden = products + samples * 3 * units;        // [N,H]
    for (std::int64_t t = 0; t < steps; ++t) {
      if (t > 0) gemm<T>(false, false, samples, 3 * units, units, T(1), hidden, w, T(0), products);
      for (std::int64_t s = 0; s < samples; ++s) {
        const T* row = x + (s * steps + t) * 3 * units;
        const T* p = t > 0 ? products + s * 3 * units : nullptr;
        T* h = out + (s * steps + t) * units;
        for (std::int64_t k = 0; k < units; k += V::size) {
          const auto g = detail::GruGates<T, V>::of(row, p, bias, k, units);
          V value = g.n - g.z * g.n;
          if (t > 0) value = value + g.z * load_part<V>(hidden + s * units + k, units - k, T(0));
          store_part(value, h + k, units - k);
          store_part(value, hidden + s * units + k, units - k);
        }
      }
    }
  }
};

struct GruGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const std::int64_t samples = call.input_shapes[3].dims[0];
    const std::int64_t steps = call.input_shapes[3].dims[1];
    const std::int64_t units = call.input_shapes[3].dims[2];
    const auto* x = static_cast<const T*>(call.inputs[0]);
    const auto* w = static_cast<const T*>(call.inputs[1]);
    const auto* bias = static_cast<const T*>(call.inputs[2]);
    const auto* h = static_cast<const T*>(call.inputs[3]);
    const auto* cotangent = static_cast<const T*>(call.inputs[4]);
    auto* out = static_cast<T*>(call.output);
    auto* products = static_cast<T*>(call.workspace);  // [T,3H]
    T* d_hidden = products + steps * 3 * units;        // [N,H], from the next step
    T* rows = d_hidden + samples * units;              // [N,3H]

    for (std::int64_t s = 0; s < samples; ++s) {  // recompute the gates
      if (steps > 1)
        gemm<T>(false, false, steps - 1, 3 * units, units, T(1), h + s * steps * units, w, T(0),
                products + 3 * units);
      for (std::int64_t t = 0; t < steps; ++t) {
        const T* row = x + (s * steps + t) * 3 * units;
        const T* p = t > 0 ? products + t * 3 * units : nullptr;
        T* to = out + (s * steps + t) * 4 * units;
        for (std::int64_t k = 0; k < units; k += V::size) {
          const auto g = detail::GruGates<T, V>::of(row, p, bias, k, units);
          store_part(g.r, to + k, units - k);
          store_part(g.z, to + units + k, units - k);
          store_part(g.n, to + 2 * units + k, units - k);
          store_part(g.candidate, to + 3 * units + k, units - k);
        }
      }
    }
    for (std::int64_t t = steps - 1; t >= 0; --t) {
      // d_hidden already contains the part through z.
      if (t + 1 < steps)
        gemm<T>(false, true, samples, units, 3 * units, T(1), rows, w, T(1), d_hidden);
      for (std::int64_t s = 0; s < samples; ++s)
        step_back<T, V>(out + (s * steps + t) * 4 * units,
                        t > 0 ? h + (s * steps + t - 1) * units : nullptr,
                        cotangent + (s * steps + t) * units, t + 1 < steps, d_hidden + s * units,
                        rows + s * 3 * units, units);
    }
  }

  /// Converts gates to cotangents for one sample and step, in place and into `row`.
  template <class T, class V>
  static void step_back(T* gates, const T* before, const T* cotangent, bool has_after, T* d_hidden,
                        T* row, std::int64_t units) {
    for (std::int64_t k = 0; k < units; k += V::size) {
      const std::int64_t left = units - k;
      const V r = load_part<V>(gates + k, left, T(0));
      const V z = load_part<V>(gates + units + k, left, T(0));
      const V n = load_part<V>(gates + 2 * units + k, left, T(0));
      const V candidate = load_part<V>(gates + 3 * units + k, left, T(0));
      V dh = load_part<V>(cotangent + k, left, T(0));
      if (has_after) dh = dh + load_part<V>(d_hidden + k, left, T(0));
      const V previous = before != nullptr ? load_part<V>(before + k, left, T(0)) : V(T(0));
      const V dz = dh * (previous - n) * z * (V(1) - z);
      const V dn = dh * (V(1) - z) * (V(1) - n * n);
      const V dr = dn * candidate * r * (V(1) - r);
      const V dp = dn * r;
      store_part(V(dh * z), d_hidden + k, left);
      store_part(dr, gates + k, left);
      store_part(dz, gates + units + k, left);
      store_part(dn, gates + 2 * units + k, left);
      store_part(dp, gates + 3 * units + k, left);
      store_part(dr, row + k, left);
      store_part(dz, row + units + k, left);
      store_part(dp, row + 2 * units + k, left);
    }
  }
};

}  // namespace foregraph
