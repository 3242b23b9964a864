#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>
#include <foregraph/detail/ops/basic/one_axis.hpp>

namespace foregraph {

/// cumsum: running sums along an axis, y[i] = x[0] + ... + x[i]; exclusive: without x[i]; reverse:
/// from the end. T[S] -> T[S] for T in f32, f64, i32, i64. Backward keeps nothing. In place. Sums
/// sequentially, so the error grows with the length. Attributes: integers[0] is the axis, [1]
/// exclusive, [2] reverse.
struct CumsumKernel;

constexpr Tensor cumsum(Tensor x, int axis, bool exclusive = false, bool reverse = false,
                        Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef cumsum_op{
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
