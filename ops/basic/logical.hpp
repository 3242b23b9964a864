#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>

namespace foregraph {

/// logical_and, logical_or, logical_not: on booleans, broadcasting. bool[S], bool[S] -> bool[S]. No
/// derivative. Fused with each other, where they compute in f32, but not with the comparisons that
/// produce their operands, which are materialised as one byte per element.
struct LogicalAndKernel {
  template <class V>
  static V apply(V a, V b) {
    return a * b;
  }
};
struct LogicalOrKernel {
  template <class V>
  static V apply(V a, V b) {
    return max(a, b);
  }
};
struct LogicalNotKernel {
  template <class V>
  static V apply(V a) {
    return V(1) - a;
  }
};

/// is_nan: true where x is not a number. T[S] -> bool[S] for T in f32, f64. No derivative.
struct IsNanKernel {
  template <class V>
  static V apply(V x) {
    return select(x == x, V(0), V(1));  // x != x would be false in some vector libraries
  }
};

namespace elementwise {
constexpr Inferred truth_of_truth(std::span<const Operand> in, const Attributes&) {
  for (const Operand& operand : in) {
    if (operand.dtype != boolean) return Inferred::failed(fault::dtype_is_not_supported);
    if (operand.shape != in[0].shape) return Inferred::failed(fault::shapes_differ);
  }
  return {in[0].shape, boolean};
}
}  // namespace elementwise

FOREGRAPH_EXPORT inline constexpr OpDef logical_and_op =
    elementwise::with_shapes(elementwise::define<LogicalAndKernel>("logical_and", 2, zero_gradient,
                                                                   elementwise::truth_of_truth),
                             "bool[S], bool[S] -> bool[S]");
FOREGRAPH_EXPORT inline constexpr OpDef logical_or_op =
    elementwise::with_shapes(elementwise::define<LogicalOrKernel>("logical_or", 2, zero_gradient,
                                                                  elementwise::truth_of_truth),
                             "bool[S], bool[S] -> bool[S]");
FOREGRAPH_EXPORT inline constexpr OpDef logical_not_op =
    elementwise::with_shapes(elementwise::define<LogicalNotKernel>("logical_not", 1, zero_gradient,
                                                                   elementwise::truth_of_truth),
                             "bool[S] -> bool[S]");
FOREGRAPH_EXPORT inline constexpr OpDef is_nan_op = elementwise::with_shapes(
    elementwise::define<IsNanKernel>("is_nan", 1, zero_gradient,
                                     [](std::span<const Operand> in, const Attributes&) {
                                       if (!is_floating(in[0].dtype))
                                         return Inferred::failed(fault::dtype_is_not_supported);
                                       return Inferred{in[0].shape, boolean};
                                     }),
    "f[S] -> bool[S]");

/// Returns a && b, elementwise, with broadcasting. bool[S], bool[S'] -> bool[broadcast of both].
[[nodiscard]] constexpr Tensor logical_and(Tensor a, Tensor b, Location at = Location::current()) {
  return elementwise::apply(logical_and_op, {{a, at}, {b, at}}, at);
}
/// Returns a || b; see logical_and().
[[nodiscard]] constexpr Tensor logical_or(Tensor a, Tensor b, Location at = Location::current()) {
  return elementwise::apply(logical_or_op, {{a, at}, {b, at}}, at);
}
/// Returns !a, elementwise. bool[S] -> bool[S].
[[nodiscard]] constexpr Tensor logical_not(Tensor a, Location at = Location::current()) {
  return elementwise::apply(logical_not_op, {{a, at}}, at);
}
/// Returns true where x is NaN, elementwise. T[S] -> bool[S] for T in f32, f64.
[[nodiscard]] constexpr Tensor is_nan(Tensor x, Location at = Location::current()) {
  return elementwise::apply(is_nan_op, {{x, at}}, at);
}

FOREGRAPH_REGISTER_KERNEL(logical_and_op, LogicalAndKernel)
FOREGRAPH_REGISTER_KERNEL(logical_or_op, LogicalOrKernel)
FOREGRAPH_REGISTER_KERNEL(logical_not_op, LogicalNotKernel)
FOREGRAPH_REGISTER_KERNEL(is_nan_op, IsNanKernel)

}  // namespace foregraph
