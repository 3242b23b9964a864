#pragma once

#include <foregraph/detail/kernels/simd/vector_parts.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>
#include <foregraph/detail/ops/basic/one_axis.hpp>

namespace foregraph {

/// cumsum: running sums along an axis, y[i] = x[0] + ... + x[i]; exclusive: without x[i]; reverse:
/// from the end. T[S] -> T[S] for T in f32, f64, i32, i64. Backward keeps nothing. In place. Sums
/// sequentially, so the error grows with the length. Attributes: integers[0] is the axis, [1]
/// exclusive, [2] reverse.
struct CumsumKernel {
  static constexpr bool integers = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto s = one_axis::split(call.output_shape, call.attributes->integers[0]);
    const bool exclusive = call.attributes->integers[1] != 0;
    const bool reverse = call.attributes->integers[2] != 0;
    const std::int64_t step = reverse ? -s.inner : s.inner;
    const std::int64_t begin = reverse ? (s.count - 1) * s.inner : 0;
    one_axis::for_each_line<V>(
        s, elements_worth_a_thread, [&](std::int64_t first, std::int64_t width) {
          const auto* x = static_cast<const T*>(call.inputs[0]) + first + begin;
          auto* out = static_cast<T*>(call.output) + first + begin;
          if (s.inner == 1)
            along<T, V>(x, out, s.count, step, exclusive);
          else
            columns<T, V>(x, out, s.count, step, width, exclusive);
        });
  }

 private:
  template <class T, class V>
  static void along(const T* x, T* out, std::int64_t count, std::int64_t step, bool exclusive) {
    T total = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const T here = x[i * step];
      const T with = static_cast<T>(total + here);
      out[i * step] = exclusive ? total : with;
      total = with;
    }
  }
  /// Computes a register of adjacent columns.
  template <class T, class V>
  static void columns(const T* x, T* out, std::int64_t count, std::int64_t step, std::int64_t width,
                      bool exclusive) {
    V total(T(0));
    for (std::int64_t i = 0; i < count; ++i) {
      const V with = total + load_part<V>(x + i * step, width, T(0));
      store_part(exclusive ? total : with, out + i * step, width);
      total = with;
    }
  }
};

constexpr Tensor cumsum(Tensor x, int axis, bool exclusive = false, bool reverse = false,
                        Location at = Location::current());

inline constexpr OpDef cumsum_op{
    .name = "cumsum",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (in[0].dtype == boolean) return Inferred::failed(fault::dtype_is_not_supported);
          if (attributes.integers[0] < 0) return Inferred::failed(fault::axis_is_out_of_range);
          return Inferred{in[0].shape, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, cumsum(v.cotangent, one_axis::of(v.attributes), v.attributes.integers[1] != 0,
                          v.attributes.integers[2] == 0, v.at));
        },
    .samples = samples::of_other_axes,
    .in_place = 1,
    .kernels = &Kernels<CumsumKernel>::table,
    .doc = {"T[S] -> T[S]"}};

/// Returns sums along `axis` up to each element: without it if `exclusive`, from the end if
/// `reverse`. T[S] -> T[S].
[[nodiscard]] constexpr Tensor cumsum(Tensor x, int axis, bool exclusive, bool reverse,
                                      Location at) {
  Attributes attributes = one_axis::attributes(axis, x.shape());
  attributes.integers[1] = exclusive ? 1 : 0;
  attributes.integers[2] = reverse ? 1 : 0;
  return graph_of(x, cumsum_op, at).append(cumsum_op, {x}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(cumsum_op, CumsumKernel)

}  // namespace foregraph
