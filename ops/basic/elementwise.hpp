#pragma once

#include <array>
#include <initializer_list>
#include <span>

#include <foregraph/detail/graph/vjp.hpp>

/// Shared parts of elementwise ops: broadcasting of operands, shape rules, and the names available
/// to their kernels. An elementwise kernel is a class with
///
///     template <class V> static V apply(V a, V b);   // V: a vector of float, double, ...
///     static constexpr bool integers = true;         // optional: also defined for i32, i64
///
/// Truth values are 1 and 0 of the same vector type.
namespace foregraph {

/// A tensor, or a number that takes the other operand's dtype. Records the user's source line,
/// which operators cannot do with a default argument.
struct Argument {
  /// The tensor, if it is one.
  Tensor tensor{};
  /// The number, if it is one.
  double number = 0;
  /// True for a number.
  bool is_number = false;
  /// The line of the call.
  Location at{};

  /// Takes a tensor.
  constexpr Argument(Tensor t, Location where = Location::current()) : tensor(t), at(where) {}
  /// Takes a number, which gets the dtype of the other operands.
  constexpr Argument(double value, Location where = Location::current())
      : number(value), is_number(true), at(where) {}
};

/// Repeats `x` along new leading axes and axes of size 1; see ops/basic/broadcast.hpp.
constexpr Tensor broadcast_to(Tensor x, Shape shape, Location at = Location::current());

namespace elementwise {

/// Result of NumPy's rule: aligned at the last axis, sizes equal or 1. `ok` is false if it fails.
struct Broadcast {
  /// The common shape.
  Shape shape{};
  /// False if the shapes do not broadcast.
  bool ok = true;
};
[[nodiscard]] constexpr Broadcast broadcast_shapes(const Shape& a, const Shape& b) {
  Broadcast result;
  const int rank = a.rank > b.rank ? a.rank : b.rank;
  for (int i = 0; i < rank; ++i) {
    const Dim x = a[i - rank + a.rank >= 0 ? i - rank + a.rank : Shape::max_rank];
    const Dim y = b[i - rank + b.rank >= 0 ? i - rank + b.rank : Shape::max_rank];
    if (x != y && !x.is_one() && !y.is_one()) return {{}, false};
    result.shape.push_back(x.is_one() ? y : x);
  }
  return result;
}

/// Returns true if `dtype`, i32 or i64, can represent the number (for i64 only if f64 is exact).
[[nodiscard]] constexpr bool is_integer(double number, DType dtype) {
  const double most = dtype == i32 ? 2147483647.0 : 9007199254740992.0;
  return number >= -most && number <= most &&
         number == static_cast<double>(static_cast<std::int64_t>(number));
}

/// Appends elementwise `op` after broadcasting its operands to one shape.
constexpr Tensor apply(const OpDef& op, std::initializer_list<Argument> arguments, Location at) {
  std::array<Tensor, 4> operands{};
  Graph* graph = nullptr;
  DType dtype = f32;
  for (const Argument& a : arguments) {
    if (a.is_number) continue;
    if (a.tensor.graph.is_gone()) throw_fault({&fault::graph_is_gone, &op, at});
    if (a.tensor.graph != nullptr) {
      graph = a.tensor.graph;
      dtype = a.tensor.dtype();  // the last: select's condition has a different dtype
    }
  }
  if (graph == nullptr) throw_fault({&fault::operand_is_of_no_graph, &op, at});
  std::size_t n = 0;
  Shape shape;
  for (const Argument& a : arguments) {
    if (!a.is_number && a.tensor.graph != graph)
      return graph->fail(fault::operand_is_of_another_graph, &op, at);
    operands[n] = a.is_number ? graph->constant(a.number, dtype, at) : a.tensor;
    const Broadcast next = broadcast_shapes(shape, operands[n].shape());
    if (!next.ok || next.shape.element_product().fault == SizeFault::not_affine) {
      const std::array<Operand, 2> both{{{shape, operands[n > 0 ? n - 1 : 0].dtype()},
                                         {operands[n].shape(), operands[n].dtype()}}};
      return graph->fail(
          next.ok ? fault::size_is_not_affine_in_the_batch : fault::shapes_do_not_broadcast, &op,
          at, both);
    }
    shape = next.shape;
    ++n;
  }
  for (std::size_t i = 0; i < n; ++i)
    if (!graph->first_fault && operands[i].graph == graph && operands[i].shape() != shape)
      operands[i] = broadcast_to(operands[i], shape, at);
  const Tensor result = graph->append(op, std::span<const Tensor>{operands.data(), n}, {}, at);
  if (dtype == i32 || dtype == i64)
    for (const Argument& a : arguments)
      if (a.is_number && !is_integer(a.number, dtype)) {
        const Operand self{shape, dtype};
        return graph->fail(fault::number_is_no_integer, &op, at, {&self, 1});
      }
  return result;
}

/// Shape rules for operands that already have the same shape.
constexpr Inferred same_dtype(std::span<const Operand> in, const Attributes&) {
  for (const Operand& operand : in) {
    if (operand.dtype != in[0].dtype) return Inferred::failed(fault::dtypes_differ);
    if (operand.dtype == boolean) return Inferred::failed(fault::dtype_is_not_supported);
    if (operand.shape != in[0].shape) return Inferred::failed(fault::shapes_differ);
  }
  return {in[0].shape, in[0].dtype};
}
constexpr Inferred same_floating(std::span<const Operand> in, const Attributes& attributes) {
  if (!is_floating(in[0].dtype)) return Inferred::failed(fault::dtype_is_not_supported);
  return same_dtype(in, attributes);
}
constexpr Inferred truth(std::span<const Operand> in, const Attributes& attributes) {
  Inferred result = same_dtype(in, attributes);
  result.dtype = boolean;
  return result;
}

/// Returns the OpDef of an elementwise op that may overwrite any operand of its size.
template <class Kernel>
constexpr OpDef define(std::string_view name, int arity, void (*vjp)(Vjp&),
                       Inferred (*infer)(std::span<const Operand>, const Attributes&) = same_dtype,
                       Tensor (*simplify)(Tensor) = nullptr) {
  return {.name = name,
          .kind = OpKind::elementwise,
          .arity = arity,
          .infer = infer,
          .vjp = vjp,
          .simplify = simplify,
          .in_place = ~0U,
          .kernels = &Kernels<Kernel>::table,
          .doc = {arity == 1   ? "T[S] -> T[S]"
                  : arity == 2 ? "T[S], T[S] -> T[S]"
                               : "T[S], T[S], T[S] -> T[S]"}};
}

/// Returns `op` with other text for the table of ops.
constexpr OpDef with_shapes(OpDef op, std::string_view shapes) {
  op.doc.shapes = shapes;
  return op;
}

/// Returns `op` with its linearity set.
constexpr OpDef linear(Linear how, OpDef op) {
  op.linear = how;
  return op;
}

/// The value of `t`, looking through broadcasts, if it is a constant of the graph.
struct KnownNumber {
  /// True if all elements are one known number.
  bool known = false;
  /// That number.
  double value = 0;
};
[[nodiscard]] constexpr KnownNumber known_number(Tensor t) {
  const Graph& g = *t.graph;
  while (g.node(t.id).op->kind == OpKind::broadcast) t.id = g.inputs_of(t.id)[0];
  if (g.node(t.id).op->kind != OpKind::constant) return {};
  return {true, g.node(t.id).attributes.number};
}
[[nodiscard]] constexpr bool is_constant(Tensor t, double value) {
  const KnownNumber number = known_number(t);
  return number.known && number.value == value;
}
[[nodiscard]] constexpr bool is_known_positive(Tensor t) {
  const KnownNumber number = known_number(t);
  return number.known && number.value > 0;
}
[[nodiscard]] constexpr bool is_known_negative(Tensor t) {
  const KnownNumber number = known_number(t);
  return number.known && number.value < 0;
}
/// Returns true if `t` is known to be non-zero and independent of data: a constant or a number of
/// elements.
[[nodiscard]] constexpr bool is_known_divisor(Tensor t) {
  const Graph& g = *t.graph;
  while (g.node(t.id).op->kind == OpKind::broadcast) t.id = g.inputs_of(t.id)[0];
  const Node& node = g.node(t.id);
  return node.op->kind == OpKind::extent ||
         (node.op->kind == OpKind::constant && node.attributes.number != 0);
}
[[nodiscard]] constexpr Tensor operand(Tensor t, int i) {
  return {t.graph, t.graph->inputs_of(t.id)[static_cast<std::size_t>(i)]};
}
/// Returns true if `t` is constructed to be non-negative with derivatives that are 0 where it is 0,
/// like a sum of squares; see OpDef::flat_at_zero.
[[nodiscard]] constexpr bool is_flat_at_zero(Tensor t) {
  const OpDef& op = *t.graph->node(t.id).op;
  if (op.flat_at_zero != nullptr) return op.flat_at_zero(t);
  const bool keeps = op.kind == OpKind::broadcast || op.kind == OpKind::view || op.is_sum;
  return keeps && is_flat_at_zero(operand(t, 0));
}
/// Returns `op` with OpDef::flat_at_zero set.
constexpr OpDef with_flat_at_zero(bool (*rule)(Tensor), OpDef op) {
  op.flat_at_zero = rule;
  return op;
}

}  // namespace elementwise
}  // namespace foregraph
