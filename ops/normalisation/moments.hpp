#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph {

/// Row `row` of a pair, f[2,C] -> f[C]; and a pair with that row and zeros for the other, f[C] ->
/// f[2,C]. Each is the other's derivative. Attributes: integers[0] is the row.
struct RowOfPairKernel;
struct PairOfRowKernel;

constexpr Tensor row_of_pair(Tensor pair, int row, Location at = Location::current());
constexpr Tensor pair_of_row(Tensor x, int row, Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef row_of_pair_op{
    .name = "row_of_pair",
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (in[0].shape.rank != 2 || in[0].shape[0] != Dim{2})
            return Inferred::failed(fault::rank_is_wrong);
          if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
          return Inferred{{in[0].shape[1]}, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, pair_of_row(v.cotangent, static_cast<int>(v.attributes.integers[0]), v.at));
        },
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .kernels = &Kernels<RowOfPairKernel>::table,
    .doc = {"f[2,C] -> f[C]", "none"}};

FOREGRAPH_EXPORT inline constexpr OpDef pair_of_row_op{
    .name = "pair_of_row",
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (in[0].shape.rank != 1) return Inferred::failed(fault::rank_is_wrong);
          if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
          return Inferred{{Dim{2}, in[0].shape[0]}, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, row_of_pair(v.cotangent, static_cast<int>(v.attributes.integers[0]), v.at));
        },
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .kernels = &Kernels<PairOfRowKernel>::table,
    .doc = {"f[C] -> f[2,C]", "none"}};

/// Returns row 0 or 1 of a pair. T[2,C] -> T[C].
[[nodiscard]] constexpr Tensor row_of_pair(Tensor pair, int row, Location at) {
  Attributes attributes;
  attributes.integers[0] = row;
  return graph_of(pair, row_of_pair_op, at).append(row_of_pair_op, {pair}, attributes, at);
}
/// Returns a pair with x as row 0 or 1 and zeros as the other. T[C] -> T[2,C].
[[nodiscard]] constexpr Tensor pair_of_row(Tensor x, int row, Location at) {
  Attributes attributes;
  attributes.integers[0] = row;
  return graph_of(x, pair_of_row_op, at).append(pair_of_row_op, {x}, attributes, at);
}

namespace detail {
/// Returns all axes of a shape except the last.
[[nodiscard]] constexpr Axes leading_axes(const Shape& shape) {
  Axes axes;
  axes.all = false;
  for (int i = 0; i + 1 < shape.rank && i < Shape::max_rank; ++i)
    axes.list[static_cast<std::size_t>(axes.count++)] = i;
  return axes;
}
}  // namespace detail

/// moments: mean and population variance of each channel, over all axes but the last; rows 0 and 1
/// of the result. T[...,C] -> T[2,C] for T in f32, f64. Backward keeps x. The corrected two-pass
/// algorithm: values are centred before squaring, and the rounding error of the mean is removed
/// (Chan, Golub and LeVeque, Algorithms for Computing the Sample Variance, 1983, eq. 1.7).
struct MomentsKernel;

FOREGRAPH_EXPORT inline constexpr OpDef moments_op{
    .name = "moments",
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          if (in[0].shape.rank < 2) return Inferred::failed(fault::rank_is_wrong);
          if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
          return Inferred{{Dim{2}, in[0].shape[-1]}, in[0].dtype};
        },
    .decompose =
        [](Tensor t) {
          Graph& g = *t.graph;
          const Tensor x{&g, g.inputs_of(t.id)[0]};
          const Location at = g.node(t.id).at;
          const Axes axes = detail::leading_axes(x.shape());
          const Tensor centre = mean(x, axes, KeepDims::no, at);
          const Tensor rest = subtract(x, centre, at);
          const Tensor squares = multiply(rest, rest, at);
          const Tensor variance = mean(squares, axes, KeepDims::no, at);
          const Tensor row0 = pair_of_row(centre, 0, at);
          const Tensor row1 = pair_of_row(variance, 1, at);
          return add(row0, row1, at);
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{5}).value; },
    .kernels = &Kernels<MomentsKernel>::table,
    .doc = {"f[...,C] -> f[2,C]", "5 per element of the operand"}};

/// Returns mean and population variance of each channel, over all other axes. f[...,C] -> f[2,C].
[[nodiscard]] constexpr Tensor moments(Tensor x, Location at = Location::current()) {
  return graph_of(x, moments_op, at).append(moments_op, {x}, {}, at);
}

FOREGRAPH_REGISTER_KERNEL(row_of_pair_op, RowOfPairKernel)
FOREGRAPH_REGISTER_KERNEL(pair_of_row_op, PairOfRowKernel)
FOREGRAPH_REGISTER_KERNEL(moments_op, MomentsKernel)

}  // namespace foregraph
