#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/square.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind norm_epsilon_must_be_positive{"epsilon is not positive",
                                                         "an epsilon above 0, such as 1e-12"};
}  // namespace fault

namespace detail {
/// Names used in faults; none of the three is an op.
FOREGRAPH_EXPORT inline constexpr OpDef norm_function{.name = "norm"};
FOREGRAPH_EXPORT inline constexpr OpDef normalize_function{.name = "normalize"};
FOREGRAPH_EXPORT inline constexpr OpDef cosine_similarity_function{.name = "cosine_similarity"};

/// Returns true if `op` can compute norms of x over `axes`; otherwise fails.
constexpr bool has_norm(const OpDef& op, Tensor x, Axes axes, double epsilon, Location at) {
  Graph& g = graph_of(x, op, at);
  const Operand self{x.shape(), x.dtype()};
  const Attributes attributes = reduction::attributes(x.shape(), axes, KeepDims::no);
  const Inferred seen = reduction::infer_floating({&self, 1}, attributes);
  if (seen.fault != nullptr) g.fail(*seen.fault, &op, at, {&self, 1});
  if (!(epsilon > 0)) g.fail(fault::norm_epsilon_must_be_positive, &op, at, {&self, 1});
  return !g.first_fault;
}
}  // namespace detail

/// Returns the Euclidean norm over some or all axes, sqrt(sum(x^2)). T[S] -> T[S without axes] for
/// T in f32, f64. Its gradient is x / norm, and 0 where the norm is 0, as in PyTorch. Elements
/// beyond the square root of the largest representable number make it infinite.
[[nodiscard]] constexpr Tensor norm(Tensor x, Axes axes = {}, KeepDims keep = KeepDims::no,
                                    Location at = Location::current()) {
  if (!detail::has_norm(detail::norm_function, x, axes, 1, at)) return x;
  const Tensor squares = square(x, at);
  const Tensor total = sum(squares, axes, keep, at);
  return sqrt(total, at);
}

/// Returns x / max(norm(x), epsilon) with norms over some axes, by default the last: rows of length
/// 1, and 0 for rows of zeros. T[S] -> T[S] for T in f32, f64. The default epsilon is the same as
/// in PyTorch's normalize(); for a row of zeros the gradient is the cotangent / epsilon, as in
/// PyTorch.
[[nodiscard]] constexpr Tensor normalize(Tensor x, Axes axes = {-1}, double epsilon = 1e-12,
                                         Location at = Location::current()) {
  if (!detail::has_norm(detail::normalize_function, x, axes, epsilon, at)) return x;
  const Tensor length = norm(x, axes, KeepDims::yes, at);
  const Tensor divisor = maximum(length, epsilon, at);
  return divide(x, divisor, at);
}

/// Returns the cosine of the angle between a and b over some axes, by default the last: the sum of
/// normalize(a) * normalize(b), each with epsilon, so that it is 0 where either is 0. a and b are
/// first broadcast to one shape S. T[S], T[S] -> T[S without axes] for T in f32, f64. The default
/// epsilon is the same as in PyTorch's cosine_similarity().
[[nodiscard]] constexpr Tensor cosine_similarity(Tensor a, Tensor b, Axes axes = {-1},
                                                 double epsilon = 1e-8,
                                                 KeepDims keep = KeepDims::no,
                                                 Location at = Location::current()) {
  const OpDef& op = detail::cosine_similarity_function;
  Graph& g = graph_of(a, op, at);
  const std::array<Operand, 2> both{{{a.shape(), a.dtype()}, {b.shape(), b.dtype()}}};
  if (b.graph != a.graph) return g.fail(fault::operand_is_of_another_graph, &op, at);
  if (a.dtype() != b.dtype()) return g.fail(fault::dtypes_differ, &op, at, both);
  const auto common = elementwise::broadcast_shapes(a.shape(), b.shape());
  if (!common.ok) return g.fail(fault::shapes_do_not_broadcast, &op, at, both);
  if (a.shape() != common.shape) a = broadcast_to(a, common.shape, at);
  if (b.shape() != common.shape) b = broadcast_to(b, common.shape, at);
  if (!detail::has_norm(op, a, axes, epsilon, at)) return a;
  const Tensor a_direction = normalize(a, axes, epsilon, at);
  const Tensor b_direction = normalize(b, axes, epsilon, at);
  const Tensor products = multiply(a_direction, b_direction, at);
  return sum(products, axes, keep, at);
}

}  // namespace foregraph
