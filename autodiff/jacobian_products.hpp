#pragma once

#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>

/// Directional derivatives, built from reverse sweeps alone.
namespace foregraph {

namespace autodiff {
/// Returns true if each tensor has a tangent of its shape and dtype, all of one graph.
[[nodiscard]] constexpr bool tangents_match(const Graph& g, Tensor y, std::span<const Tensor> wrt,
                                            std::span<const Tensor> tangents) {
  if (!g.has(y) || wrt.empty() || wrt.size() != tangents.size()) return false;
  for (std::size_t i = 0; i < wrt.size(); ++i)
    if (!g.has(wrt[i]) || !g.has(tangents[i]) || wrt[i].shape() != tangents[i].shape() ||
        wrt[i].dtype() != tangents[i].dtype())
      return false;
  return true;
}
[[nodiscard]] constexpr Tensor fail_tangents(Graph& g, Tensor y) {
  if (!g.has(y)) return g.fail(fault::operand_is_of_another_graph, &add_op, {});
  const Operand self{y.shape(), y.dtype()};
  return g.fail(fault::tangents_do_not_match, g.node(y.id).op, g.node(y.id).at, {&self, 1});
}
}  // namespace autodiff

/// Returns the Jacobian-vector product: the change of y when wrt[i] moves along tangents[i], which
/// has wrt[i]'s shape and dtype. The result has y's shape.
///
/// Method: <u, J v> is linear in u, so J v is its derivative with respect to u, and a reverse sweep
/// gives J^T u; u itself drops out. ("A new trick for calculating Jacobian vector products",
/// Townsend, 2017.)
[[nodiscard]] constexpr Tensor jvp(Graph& g, Tensor y, std::span<const Tensor> wrt,
                                   std::span<const Tensor> tangents) {
  if (g.first_fault) return y;
  if (!autodiff::tangents_match(g, y, wrt, tangents)) return autodiff::fail_tangents(g, y);
  const Location at = g.node(y.id).at;
  const Tensor zero = g.constant(0, y.dtype(), at);
  const Tensor u = broadcast_to(zero, y.shape(), at);
  const std::vector<Tensor> pulled = vjp(g, y, u, wrt);
  if (g.first_fault) return y;
  Tensor total;
  for (std::size_t i = 0; i < wrt.size(); ++i) {
    const Tensor products = multiply(pulled[i], tangents[i], at);
    const Tensor part = sum(products, {}, KeepDims::no, at);
    total = i == 0 ? part : add(total, part, at);
  }
  const std::vector<Tensor> result = gradient(g, total, {u});
  return result.empty() ? y : result[0];
}
/// Returns the Jacobian-vector product for lists in braces, as `jvp(g, y, {x}, {v})`.
[[nodiscard]] constexpr Tensor jvp(Graph& g, Tensor y, std::initializer_list<Tensor> wrt,
                                   std::initializer_list<Tensor> tangents) {
  return jvp(g, y, std::span<const Tensor>{wrt.begin(), wrt.size()},
             std::span<const Tensor>{tangents.begin(), tangents.size()});
}

/// Returns the Hessian-vector product: for each wrt[i], the change of d loss / d wrt[i] when all
/// wrt move along `direction`; does not form the Hessian (Pearlmutter, 1994).
[[nodiscard]] constexpr std::vector<Tensor> hessian_vector_product(
    Graph& g, Tensor loss, std::span<const Tensor> wrt, std::span<const Tensor> direction) {
  if (g.first_fault) return {};
  if (!autodiff::tangents_match(g, loss, wrt, direction)) {
    (void)autodiff::fail_tangents(g, loss);
    return {};
  }
  const Location at = g.node(loss.id).at;
  const std::vector<Tensor> first = gradient(g, loss, wrt);
  if (g.first_fault) return {};
  Tensor total;
  for (std::size_t i = 0; i < wrt.size(); ++i) {
    const Tensor products = multiply(first[i], direction[i], at);
    const Tensor part = sum(products, {}, KeepDims::no, at);
    total = i == 0 ? part : add(total, part, at);
  }
  return gradient(g, total, wrt);
}
/// Returns the products for lists in braces, as `hessian_vector_product(g, loss, {w}, {v})`.
[[nodiscard]] constexpr std::vector<Tensor> hessian_vector_product(
    Graph& g, Tensor loss, std::initializer_list<Tensor> wrt,
    std::initializer_list<Tensor> direction) {
  return hessian_vector_product(g, loss, std::span<const Tensor>{wrt.begin(), wrt.size()},
                                std::span<const Tensor>{direction.begin(), direction.size()});
}

}  // namespace foregraph
