#pragma once

#include <initializer_list>
#include <span>

#include <foregraph/detail/ops/basic/stop_gradient.hpp>

namespace foregraph {

namespace detail {
/// Operand 0 is the value; the rule sets the cotangents of the others.
template <void (*Rule)(Vjp&)>
inline constexpr OpDef custom_gradient_op{
    .name = "custom_gradient",
    .kind = OpKind::view,
    .arity = 2,
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          return Inferred{in[0].shape, in[0].dtype};
        },
    .vjp = Rule,
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .simplify =
        [](Tensor t) {
          return Tensor{t.graph, t.graph->inputs_of(t.id)[0]};
        }};
}  // namespace detail

/// custom_gradient: `value` with a user-defined gradient rule instead of the one derived from its
/// ops. In the rule, `v.input(i)` is `operands` number i, counted from 1, and `v.set(i, ct)` sets
/// its cotangent; `v.input(0)` is the value. Costs nothing.
///
///     // the straight-through estimator: rounds, but has the gradient of the identity
///     constexpr void pass_through(fg::Vjp& v) { v.set(1, v.cotangent); }
///     y = fg::custom_gradient<pass_through>(rounded, {x});
template <void (*Rule)(Vjp&)>
[[nodiscard]] constexpr Tensor custom_gradient(Tensor value, std::span<const Tensor> operands,
                                               Location at = Location::current()) {
  const OpDef& op = detail::custom_gradient_op<Rule>;
  std::vector<Tensor> all{stop_gradient(value, at)};
  for (const Tensor& t : operands) all.push_back(t);
  return graph_of(value, op, at).append(op, std::span<const Tensor>(all), {}, at);
}
/// Returns `value` with the gradient rule, for operands in braces.
template <void (*Rule)(Vjp&)>
[[nodiscard]] constexpr Tensor custom_gradient(Tensor value, std::initializer_list<Tensor> operands,
                                               Location at = Location::current()) {
  return custom_gradient<Rule>(value, std::span<const Tensor>{operands.begin(), operands.size()},
                               at);
}

}  // namespace foregraph
