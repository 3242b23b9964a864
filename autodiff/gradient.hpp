#pragma once

#include <span>
#include <vector>

#include <foregraph/graph/vjp.hpp>
#include <foregraph/ops/add.hpp>
#include <foregraph/ops/broadcast.hpp>

namespace foregraph {

/// Appends to `g` the subgraph of d loss / d wrt[i] by reverse-mode differentiation, and returns
/// its results, each of the shape and dtype of wrt[i]; zeros where the loss does not depend on it.
/// The loss must be a floating scalar. What is appended are ordinary nodes, so the result can be
/// differentiated again. O(nodes) appended.
///
/// Method: one sweep from the loss backwards; a node's cotangent is complete when the sweep
/// reaches it, since nodes are in topological order (Linnainmaa, 1970).
[[nodiscard]] constexpr std::vector<Tensor> gradient(Graph& g, Tensor loss,
                                                     std::span<const Tensor> wrt) {
  std::vector<Tensor> result;
  if (g.first_fault) return result;
  bool is_ours = loss.graph == &g;
  for (const Tensor& t : wrt) is_ours = is_ours && t.graph == &g;
  if (!is_ours) {
    g.fail(fault::operand_is_of_another_graph, &add_op, {});
    return result;
  }
  if (loss.shape().rank != 0 || !is_floating(loss.dtype())) {
    const Operand self{loss.shape(), loss.dtype()};
    g.fail(fault::loss_is_not_a_scalar, g.node(loss.id).op, g.node(loss.id).at, {&self, 1});
    return result;
  }

  const auto count = static_cast<std::size_t>(loss.id) + 1;
  std::vector<char> wanted(count, 0);
  for (const Tensor& t : wrt)
    if (t.id <= loss.id) wanted[static_cast<std::size_t>(t.id)] = 1;
  for (std::size_t i = 0; i < count; ++i)
    for (const NodeId input : g.inputs_of(static_cast<NodeId>(i)))
      if (wanted[static_cast<std::size_t>(input)] != 0) wanted[i] = 1;

  const Location at = g.node(loss.id).at;
  const Phase before = g.phase;
  g.phase = Phase::backward;
  std::vector<NodeId> cotangent(count, no_node);
  if (wanted[count - 1] != 0) cotangent[count - 1] = g.constant(1, loss.dtype(), at).id;
  for (NodeId id = loss.id; id >= 0 && !g.first_fault; --id) {
    const auto i = static_cast<std::size_t>(id);
    const OpDef* op = g.node(id).op;
    if (cotangent[i] == no_node || wanted[i] == 0 || g.node(id).arity == 0) continue;
    if (op->vjp == nullptr) {
      const Operand self{g.node(id).shape, g.node(id).dtype};
      g.fail(fault::op_has_no_gradient, op, g.node(id).at, {&self, 1});
      break;
    }
    Vjp rule(g, id, {&g, cotangent[i]}, wanted);
    op->vjp(rule);
    for (std::size_t k = 0; k < rule.results().size(); ++k) {
      const auto input = static_cast<std::size_t>(rule.inputs()[k]);
      const Tensor part = rule.results()[k];
      if (part.graph == nullptr || wanted[input] == 0) continue;
      cotangent[input] =
          cotangent[input] == no_node ? part.id : add(g.tensor(cotangent[input]), part, rule.at).id;
    }
  }
  for (const Tensor& t : wrt) {
    const auto i = static_cast<std::size_t>(t.id);
    if (i < count && cotangent[i] != no_node)
      result.push_back(g.tensor(cotangent[i]));
    else if (!g.first_fault)
      result.push_back(broadcast_to(g.constant(0, t.dtype(), at), t.shape(), at));
  }
  g.phase = before;
  return result;
}

}  // namespace foregraph
