#pragma once

#include <span>
#include <vector>

#include <foregraph/detail/graph/vjp.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/math/add.hpp>

namespace foregraph {

namespace autodiff {

/// One reverse sweep over the nodes from `first` to `last`. Nodes below `first` only receive
/// cotangents; nodes that the sweep appends are not visited.
///
/// A node's cotangent is complete when the sweep reaches it, since nodes are in topological order
/// (Linnainmaa, 1970).
class Sweep {
 public:
  constexpr Sweep(Graph& g, NodeId first, NodeId last, std::span<const Tensor> wrt)
      : g_(g), first_(first), last_(last), wanted_(static_cast<std::size_t>(last) + 1, 0) {
    for (const Tensor& t : wrt)
      if (t.id <= last) wanted_[index(t.id)] = 1;
    for (NodeId id = first; id <= last; ++id)
      for (const NodeId input : g.inputs_of(id))
        if (wanted_[index(input)] != 0) wanted_[index(id)] = 1;
    cotangent_.assign(wanted_.size(), no_node);
  }

  /// Adds `part` to the cotangent of node `id`, if a wanted tensor depends on it.
  constexpr void add_to(NodeId id, Tensor part, Location at) {
    if (part.id == no_node || wanted_[index(id)] == 0) return;
    NodeId& total = cotangent_[index(id)];
    total = total == no_node ? part.id : add(g_.tensor(total), part, at).id;
  }
  [[nodiscard]] constexpr NodeId cotangent_of(NodeId id) const {
    return id <= last_ ? cotangent_[index(id)] : no_node;
  }
  constexpr void run() {
    for (NodeId id = last_; id >= first_ && !g_.first_fault; --id)
      if (cotangent_[index(id)] != no_node && wanted_[index(id)] != 0 && g_.node(id).arity > 0)
        pass_on(id);
  }

 private:
  [[nodiscard]] static constexpr std::size_t index(NodeId id) {
    return static_cast<std::size_t>(id);
  }

  /// Propagates the cotangent of `id` to its operands.
  constexpr void pass_on(NodeId id) {
    const OpDef* op = g_.node(id).op;
    const Location at = g_.node(id).at;
    const auto scope = g_.scope_like(id);  // reports name the user's layer
    if (op->vjp != nullptr) {
      Vjp rule(g_, id, {&g_, cotangent_[index(id)]}, wanted_);
      op->vjp(rule);
      for (std::size_t k = 0; k < rule.results().size(); ++k) {
        const Tensor& part = rule.results()[k];
        if (part.id != no_node && !g_.has(part)) {
          (void)g_.fail(fault::operand_is_of_another_graph, op, at);
          return;
        }
        add_to(rule.inputs()[k], part, at);
      }
    } else if (op->decompose != nullptr) {
      pass_through_decomposition(id, at);
    } else {
      const Operand self{g_.node(id).shape, g_.node(id).dtype};
      g_.fail(fault::op_has_no_gradient, op, at, {&self, 1});
    }
  }

  constexpr void pass_through_decomposition(NodeId id, Location at) {
    std::vector<Tensor> operands;
    for (const NodeId input : g_.inputs_of(id)) {
      bool is_new = wanted_[index(input)] != 0;
      for (const Tensor& t : operands) is_new = is_new && t.id != input;
      if (is_new) operands.push_back(g_.tensor(input));
    }
    const NodeId first_of_it = g_.size();
    const Tensor equal = g_.node(id).op->decompose(g_.tensor(id));
    if (g_.first_fault) return;
    Sweep inner(g_, first_of_it, equal.id, operands);
    inner.add_to(equal.id, g_.tensor(cotangent_[index(id)]), at);
    inner.run();
    for (const Tensor& t : operands)
      if (const NodeId part = inner.cotangent_of(t.id); part != no_node)
        add_to(t.id, g_.tensor(part), at);
  }

  Graph& g_;
  NodeId first_;
  NodeId last_;
  DynamicArray<char> wanted_;
  DynamicArray<NodeId> cotangent_{};
};

/// Like vjp(), but returns an empty Tensor for each wrt[i] that y does not depend on.
[[nodiscard]] constexpr std::vector<Tensor> vjp_where_any(Graph& g, Tensor y, Tensor cotangent,
                                                          std::span<const Tensor> wrt) {
  std::vector<Tensor> result;
  if (g.first_fault) return result;
  bool is_ours = g.has(y) && g.has(cotangent);
  for (const Tensor& t : wrt) is_ours = is_ours && g.has(t);
  if (!is_ours) {
    (void)g.fail(fault::operand_is_of_another_graph, &add_op, {});
    return result;
  }
  const Location at = g.node(y.id).at;
  if (y.shape() != cotangent.shape() || y.dtype() != cotangent.dtype()) {
    const std::array<Operand, 2> both{
        {{y.shape(), y.dtype()}, {cotangent.shape(), cotangent.dtype()}}};
    (void)g.fail(y.dtype() != cotangent.dtype() ? fault::dtypes_differ : fault::shapes_differ,
                 g.node(y.id).op, at, both);
    return result;
  }
  const Phase before = g.phase;
  if (g.phase == Phase::forward) g.phase = Phase::backward;
  Sweep sweep(g, 0, y.id, wrt);
  sweep.add_to(y.id, cotangent, at);
  sweep.run();
  for (const Tensor& t : wrt) {
    const NodeId id = sweep.cotangent_of(t.id);
    result.push_back(id == no_node ? Tensor{} : g.tensor(id));
  }
  g.phase = before;
  return result;
}

/// Like gradient(), but returns an empty Tensor for each wrt[i] that the loss does not depend on.
[[nodiscard]] constexpr std::vector<Tensor> gradient_where_any(Graph& g, Tensor loss,
                                                               std::span<const Tensor> wrt) {
  if (g.first_fault) return {};
  if (!g.has(loss)) {
    (void)g.fail(fault::operand_is_of_another_graph, &add_op, {});
    return {};
  }
  const Location at = g.node(loss.id).at;
  if (loss.shape().rank != 0 || !is_floating(loss.dtype())) {
    const Operand self{loss.shape(), loss.dtype()};
    (void)g.fail(fault::loss_is_not_a_scalar, g.node(loss.id).op, at, {&self, 1});
    return {};
  }
  const Phase before = g.phase;
  if (g.phase == Phase::forward) g.phase = Phase::backward;
  const Tensor one = g.constant(1, loss.dtype(), at);
  g.phase = before;
  return vjp_where_any(g, loss, one, wrt);
}

/// Replaces empty derivatives with zeros.
constexpr void fill_with_zeros(Graph& g, std::span<const Tensor> wrt, Location at,
                               std::vector<Tensor>& derivatives) {
  const Phase before = g.phase;
  if (g.phase == Phase::forward) g.phase = Phase::backward;
  for (std::size_t i = 0; i < derivatives.size() && !g.first_fault; ++i) {
    if (derivatives[i].id != no_node) continue;
    const Shape shape = wrt[i].shape();  // a copy: appending the constant may move the nodes
    const Tensor zero = g.constant(0, wrt[i].dtype(), at);
    derivatives[i] = broadcast_to(zero, shape, at);
  }
  g.phase = before;
}

}  // namespace autodiff

/// Returns the vector-Jacobian products cotangent . d y / d wrt[i], each of the shape and dtype of
/// wrt[i]; zeros where y does not depend on wrt[i]. `cotangent` has y's shape and dtype. `wrt` may
/// be any tensors: parameters, inputs, intermediate values. The subgraph is appended to `g` as
/// ordinary nodes, so the result can be differentiated again. O(nodes) appended.
[[nodiscard]] constexpr std::vector<Tensor> vjp(Graph& g, Tensor y, Tensor cotangent,
                                                std::span<const Tensor> wrt) {
  std::vector<Tensor> result = autodiff::vjp_where_any(g, y, cotangent, wrt);
  if (!g.first_fault) autodiff::fill_with_zeros(g, wrt, g.node(y.id).at, result);
  return result;
}
/// Returns the vector-Jacobian products for a list in braces, as `vjp(g, y, ct, {x, w})`.
[[nodiscard]] constexpr std::vector<Tensor> vjp(Graph& g, Tensor y, Tensor cotangent,
                                                std::initializer_list<Tensor> wrt) {
  return vjp(g, y, cotangent, std::span<const Tensor>{wrt.begin(), wrt.size()});
}

/// Appends to `g` the subgraph of d loss / d wrt[i] by reverse-mode differentiation; see vjp().
/// The loss must be a floating scalar.
[[nodiscard]] constexpr std::vector<Tensor> gradient(Graph& g, Tensor loss,
                                                     std::span<const Tensor> wrt) {
  std::vector<Tensor> result = autodiff::gradient_where_any(g, loss, wrt);
  if (!g.first_fault) autodiff::fill_with_zeros(g, wrt, g.node(loss.id).at, result);
  return result;
}
/// Returns the gradients for a list in braces, as `gradient(g, loss, {x, w})`.
[[nodiscard]] constexpr std::vector<Tensor> gradient(Graph& g, Tensor loss,
                                                     std::initializer_list<Tensor> wrt) {
  return gradient(g, loss, std::span<const Tensor>{wrt.begin(), wrt.size()});
}

}  // namespace foregraph
