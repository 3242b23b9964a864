#pragma once

#include <foregraph/detail/ops/basic/one_axis.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind position_dtype_must_be_an_integer{"positions cannot have this dtype",
                                                             "i32 or i64"};
inline constexpr FaultKind positions_do_not_fit_i32{"positions that i32 does not have",
                                                    "an axis of at most 2^31, or the dtype i64"};
}  // namespace fault

/// argmax, argmin: the index of the largest or smallest element along an axis, which is removed or
/// kept with size 1. The first among equals; the first NaN if there is one. T[S] -> i[S without the
/// axis] for T in f32, f64, i32, i64, i in i32, i64. No gradient flows. Attributes: integers[0] is
/// the axis, [1] is 1 if the dimension is kept, [2] is 1 if the result is i64, [3] is the requested
/// DType.
template <template <class> class Combine>
struct ArgExtremeKernel {
  static constexpr bool integers = true;

  template <class T, class V>
  static void run(const KernelCall& call) {
    if (call.attributes->integers[2] != 0)
      write<T, V>(call, static_cast<std::int64_t*>(call.output));
    else
      write<T, V>(call, static_cast<std::int32_t*>(call.output));
  }

 private:
  template <class T, class V, class Index>
  static void write(const KernelCall& call, Index* out) {
    using Reader = reduction::Plain<T, Combine>;
    const auto s = one_axis::split(call.input_shapes[0], call.attributes->integers[0]);
    const Reader x(call.inputs[0]);
    for_each_row(s.outer, s.count * s.inner, elements_worth_a_thread, [=](std::int64_t o) {
      const std::int64_t first = o * s.count * s.inner;
      if (s.inner == 1)
        out[o] = static_cast<Index>(in_row<T, V>(x, first, s.count));
      else
        columns<T, V>(x.x + first, s.count, s.inner, out + o * s.inner);
    });
  }
  template <class T, class V>
  static std::int64_t in_row(const reduction::Plain<T, Combine>& x, std::int64_t first,
                             std::int64_t count) {
    const reduction::Reducer<V, T, reduction::Plain<T, Combine>> all{x, nullptr};
    const T best = all.contiguous(first, count, 0);
    std::int64_t i = 0;
    if (best != best)
      while (x.x[first + i] == x.x[first + i]) ++i;
    else
      while (x.x[first + i] != best) ++i;
    return i;
  }
  /// Processes some columns at a time; a later row replaces the best only if it is better.
  template <class T, class V, class Index>
  static void columns(const T* x, std::int64_t count, std::int64_t inner, Index* out) {
    constexpr std::int64_t together = 64;
    T best[together];
    for (std::int64_t c0 = 0; c0 < inner; c0 += together) {
      const std::int64_t n = inner - c0 < together ? inner - c0 : together;
      for (std::int64_t c = 0; c < n; ++c) {
        best[c] = x[c0 + c];
        out[c0 + c] = 0;
      }
      for (std::int64_t r = 1; r < count; ++r)
        for (std::int64_t c = 0; c < n; ++c) {
          const T here = x[r * inner + c0 + c];
          const T next = Combine<T>::template combine<T>(best[c], here);
          const bool is_better = next != best[c] && best[c] == best[c];
          best[c] = next;
          out[c0 + c] = is_better ? static_cast<Index>(r) : out[c0 + c];
        }
    }
  }
};
struct ArgmaxKernel : ArgExtremeKernel<reduction::TakesLarger> {};
struct ArgminKernel : ArgExtremeKernel<reduction::TakesSmaller> {};

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

inline constexpr OpDef argmax_op{
    .name = "argmax",
    .infer = detail::infer_arg_extreme,
    .vjp = zero_gradient,
    .flops = reduction::one_flop_per_operand_element,
    .samples = samples::of_other_axes,
    .typed_by = 0,
    .kernels = &Kernels<ArgmaxKernel>::table,
    .doc = {"T[S] -> i[S without the axis]", "1 per element of the operand"}};

inline constexpr OpDef argmin_op{
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
