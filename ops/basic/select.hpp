#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>

namespace foregraph {

/// select: condition ? a : b, broadcasting. bool[S], T[S], T[S] -> T[S] for T in f32, f64, i32,
/// i64. Backward keeps the condition.
struct SelectKernel {
  static constexpr bool integers = true;
  template <class V>
  static V apply(V condition, V a, V b) {
    return select(condition != V(0), a, b);
  }
};

constexpr Tensor select(Argument condition, Argument a, Argument b,
                        Location at = Location::current());

FOREGRAPH_EXPORT inline constexpr OpDef select_op = elementwise::with_shapes(
    elementwise::define<SelectKernel>(
        "select", 3,
        [](Vjp& v) {
          if (v.wants(1)) v.set(1, select(v.input(0), v.cotangent, 0.0, v.at));
          if (v.wants(2)) {
            const Tensor zero = v.output.graph->constant(0, v.output.dtype(), v.at);
            v.set(2, select(v.input(0), zero, v.cotangent, v.at));
          }
        },
        [](std::span<const Operand> in, const Attributes&) {
          if (in[0].dtype != boolean) return Inferred::failed(fault::dtype_is_not_supported);
          if (in[1].dtype != in[2].dtype) return Inferred::failed(fault::dtypes_differ);
          if (in[1].dtype == boolean) return Inferred::failed(fault::dtype_is_not_supported);
          if (in[0].shape != in[1].shape || in[1].shape != in[2].shape)
            return Inferred::failed(fault::shapes_differ);
          return Inferred{in[1].shape, in[1].dtype};
        }),
    "bool[S], T[S], T[S] -> T[S]");

/// Returns condition ? a : b. A number among `a` and `b` takes the other's dtype; at least one must
/// be a tensor.
[[nodiscard]] constexpr Tensor select(Argument condition, Argument a, Argument b, Location at) {
  if (b.is_number && !a.is_number && a.tensor.graph != nullptr)
    b = a.tensor.graph->constant(b.number, a.tensor.dtype(), at);
  return elementwise::apply(select_op, {condition, a, b}, at);
}

FOREGRAPH_REGISTER_KERNEL(select_op, SelectKernel)

}  // namespace foregraph
