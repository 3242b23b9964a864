#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/one_axis.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind position_dtype_must_be_an_integer{"positions cannot have this dtype",
                                                             "i32 or i64"};
inline constexpr FaultKind positions_do_not_fit_i32{
    "the positions do not fit in i32", "an axis of at most 2^31 elements, or dtype i64"};
}  // namespace fault

/// argmax, argmin: the index of the largest or smallest element along an axis, which is removed or
/// kept with size 1. The first among equals; the first NaN if there is one. T[S] -> i[S without the
/// axis] for T in f32, f64, i32, i64, i in i32, i64. No gradient flows. Attributes: integers[0] is
/// the axis, [1] is 1 if the dimension is kept, [2] is 1 if the result is i64, [3] is the requested
/// DType.
struct ArgmaxKernel;
struct ArgminKernel;

namespace detail {
constexpr Inferred infer_arg_extreme(std::span<const Operand> in, const Attributes& attributes) {
  if (in[0].dtype == boolean) return Inferred::failed(fault::dtype_is_not_supported);
  if (attributes.integers[0] < 0) return Inferred::failed(fault::axis_is_out_of_range);
  const auto dtype = static_cast<DType>(attributes.integers[3]);
  if (dtype != i32 && dtype != i64)
    return Inferred::failed(fault::position_dtype_must_be_an_integer);
  if (dtype == i32 && in[0].shape[one_axis::of(attributes)].constant > std::int64_t{1} << 31)
    return Inferred::failed(fault::positions_do_not_fit_i32);
  const std::int64_t mask = std::int64_t{1} << attributes.integers[0];
  return {reduction::reduced_shape(in[0].shape, mask, attributes.integers[1] != 0), dtype};
}
constexpr Tensor arg_extreme(const OpDef& op, Tensor x, int axis, KeepDims keep, DType dtype,
                             Location at) {
  Attributes attributes = one_axis::attributes(axis, x.shape());
  attributes.integers[1] = keep == KeepDims::yes ? 1 : 0;
  attributes.integers[2] = dtype == i64 ? 1 : 0;
  attributes.integers[3] = static_cast<std::int64_t>(dtype);
  return graph_of(x, op, at).append(op, {x}, attributes, at);
}
}  // namespace detail

FOREGRAPH_EXPORT inline constexpr OpDef argmax_op{
    .name = "argmax",
    .infer = detail::infer_arg_extreme,
    .vjp = zero_gradient,
    .flops = reduction::one_flop_per_operand_element,
    .samples = samples::of_other_axes,
    .typed_by = 0,
    .kernels = &Kernels<ArgmaxKernel>::table,
    .doc = {"T[S] -> i[S without the axis]", "1 per element of the operand"}};

FOREGRAPH_EXPORT inline constexpr OpDef argmin_op{
    .name = "argmin",
    .infer = detail::infer_arg_extreme,
    .vjp = zero_gradient,
    .flops = reduction::one_flop_per_operand_element,
    .samples = samples::of_other_axes,
    .typed_by = 0,
    .kernels = &Kernels<ArgminKernel>::table,
    .doc = {"T[S] -> i[S without the axis]", "1 per element of the operand"}};

/// Returns the index of the largest element along `axis`: the first of equal ones, the first NaN if
/// there is one. T[S] -> i[S without the axis]. No gradient flows.
[[nodiscard]] constexpr Tensor argmax(Tensor x, int axis, KeepDims keep = KeepDims::no,
                                      DType dtype = i64, Location at = Location::current()) {
  return detail::arg_extreme(argmax_op, x, axis, keep, dtype, at);
}
/// Returns the index of the smallest element; see argmax().
[[nodiscard]] constexpr Tensor argmin(Tensor x, int axis, KeepDims keep = KeepDims::no,
                                      DType dtype = i64, Location at = Location::current()) {
  return detail::arg_extreme(argmin_op, x, axis, keep, dtype, at);
}

FOREGRAPH_REGISTER_KERNEL(argmax_op, ArgmaxKernel)
FOREGRAPH_REGISTER_KERNEL(argmin_op, ArgminKernel)

}  // namespace foregraph
