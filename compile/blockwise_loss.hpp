#pragma once

#include <foregraph/detail/graph/passes/dead_nodes.hpp>
#include <foregraph/detail/graph/passes/rewrite.hpp>
#include <foregraph/detail/nn/losses/blockwise_softmax_cross_entropy.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/linear/matmul_accumulate.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>

/// Replaces a product followed by softmax cross-entropy, and the products that compute its
/// gradients, by one op that never has all logits. On finished graphs, after differentiation.
namespace foregraph::passes {

/// A softmax cross-entropy whose logits are a matrix product, possibly with a bias, and are used
/// for nothing else. Members are no_node where there is no such node.
struct BlockwiseLoss {
  NodeId losses = no_node;  ///< the softmax_cross_entropy
  NodeId x = no_node;
  NodeId weight = no_node;
  NodeId bias = no_node;
  NodeId labels = no_node;
  bool weight_transposed = false;
  Dim rows{};                     ///< of the logits
  std::int64_t row_bytes = 0;     ///< of a row of the logits
  NodeId cotangent = no_node;     ///< of the losses; set if the graph has the gradients
  NodeId by_x = no_node;          ///< the product that computes the gradient of x
  NodeId by_weight = no_node;     ///< a matmul or matmul_accumulate
  NodeId by_bias = no_node;       ///< a sum
  DynamicArray<char> replaced{};  ///< by node: 1 if only the nodes above depend on it

  [[nodiscard]] constexpr bool found() const { return losses != no_node; }
};

namespace detail {

/// Finds the nodes of one BlockwiseLoss.
class BlockwiseMatch {
 public:
  constexpr BlockwiseMatch(const Graph& g, NodeId losses) : g_(g), losses_(losses) {}

  /// Returns the match, or an empty one.
  [[nodiscard]] constexpr BlockwiseLoss run() {
    const NodeId logits = g_.inputs_of(losses_)[0];
    classes_ = g_.node(logits).shape[-1];
    result_.labels = g_.inputs_of(losses_)[1];
    result_.replaced.assign(static_cast<std::size_t>(g_.size()), 0);
    if (!classes_.is_constant() || is_kept(logits) || !match_product(logits)) return {};
    NodeId gradient = no_node;
    for (const NodeId user : users_of(logits)) {
      if (user == losses_) continue;
      if (gradient != no_node || !is_gradient(user, logits)) return {};
      gradient = user;
    }
    if (gradient != no_node) {
      result_.cotangent = g_.inputs_of(gradient)[2];
      if (!match_gradients(gradient) || depends_on_losses(result_.cotangent)) return {};
    }
    result_.losses = losses_;
    return std::move(result_);
  }

 private:
  [[nodiscard]] constexpr const OpDef* op_of(NodeId id) const { return g_.node(id).op; }
  [[nodiscard]] constexpr DynamicArray<NodeId> users_of(NodeId id) const {
    DynamicArray<NodeId> users;
    for (NodeId user = id + 1; user < g_.size(); ++user)
      for (const NodeId input : g_.inputs_of(user))
        if (input == id && (users.empty() || users.back() != user)) users.push_back(user);
    return users;
  }
  /// Returns true if the graph needs node `id` itself.
  [[nodiscard]] constexpr bool is_kept(NodeId id) const {
    bool kept = id == g_.loss;
    for (const NodeId output : g_.outputs) kept = kept || output == id;
    for (const Update& u : g_.updates) kept = kept || u.value == id;
    return kept;
  }
  constexpr void replace(NodeId id) { result_.replaced[static_cast<std::size_t>(id)] = 1; }

  /// Follows the logits down to the product.
  [[nodiscard]] constexpr bool match_product(NodeId id) {
    for (NodeId above = no_node;;) {
      if (above != no_node) {
        if (is_kept(id) || g_.node(id).shape[-1] != classes_) return false;
        for (const NodeId user : users_of(id))
          if (user != above) return false;
      }
      replace(id);
      const auto inputs = g_.inputs_of(id);
      if (op_of(id) == &matmul_op) return take_product(id);
      NodeId next = no_node;
      if (op_of(id) == &reshape_op) {
        next = inputs[0];
      } else if (op_of(id) == &add_op && result_.bias == no_node) {
        const bool second = is_bias(inputs[1]);
        if (!second && !is_bias(inputs[0])) return false;
        result_.bias = g_.inputs_of(inputs[second ? 1 : 0])[0];
        next = inputs[second ? 0 : 1];
      } else {
        return false;
      }
      above = id;
      id = next;
    }
  }
  /// Returns true if `id` repeats a vector of one element per class in every row.
  [[nodiscard]] constexpr bool is_bias(NodeId id) const {
    if (op_of(id) != &broadcast_op) return false;
    return g_.node(g_.inputs_of(id)[0]).shape == Shape{classes_};
  }
  [[nodiscard]] constexpr bool take_product(NodeId id) {
    const auto [ta, tb] = foregraph::detail::matmul_transposes(g_.node(id).attributes);
    const auto inputs = g_.inputs_of(id);
    if (ta || !g_.node(inputs[0]).shape[1].is_constant()) return false;
    result_.x = inputs[0];
    result_.weight = inputs[1];
    result_.weight_transposed = tb;
    result_.rows = g_.node(id).shape[0];
    result_.row_bytes = classes_.constant * bytes_per_element(g_.node(id).dtype);
    return true;
  }
  [[nodiscard]] constexpr bool is_gradient(NodeId id, NodeId logits) const {
    if (op_of(id) != &softmax_cross_entropy_gradient_op || is_kept(id)) return false;
    const auto inputs = g_.inputs_of(id);
    return inputs[0] == logits && inputs[1] == result_.labels && inputs[2] != logits &&
           g_.node(id).attributes.number == g_.node(losses_).attributes.number;
  }
  /// Follows the gradient of the logits, or a reshape of it, to the products that read it.
  [[nodiscard]] constexpr bool match_gradients(NodeId id) {
    replace(id);
    for (const NodeId user : users_of(id)) {
      if (op_of(user) == &reshape_op) {
        if (is_kept(user) || g_.node(user).shape[-1] != classes_ || !match_gradients(user))
          return false;
      } else if (!take(result_.by_x, user, is_by_x(user, id)) &&
                 !take(result_.by_weight, user, is_by_weight(user, id)) &&
                 !take(result_.by_bias, user, is_by_bias(user))) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] static constexpr bool take(NodeId& place, NodeId id, bool fits) {
    if (!fits || place != no_node) return false;
    place = id;
    return true;
  }
  [[nodiscard]] constexpr bool is_product(NodeId id, std::size_t first, NodeId a, NodeId b, bool ta,
                                          bool tb) const {
    const auto inputs = g_.inputs_of(id);
    const Transposed of = foregraph::detail::matmul_transposes(g_.node(id).attributes);
    return inputs[first] == a && inputs[first + 1] == b && of.a == ta && of.b == tb;
  }
  [[nodiscard]] constexpr bool is_by_x(NodeId id, NodeId gradient) const {
    return op_of(id) == &matmul_op &&
           is_product(id, 0, gradient, result_.weight, false, !result_.weight_transposed);
  }
  [[nodiscard]] constexpr bool is_by_weight(NodeId id, NodeId gradient) const {
    const bool accumulates = op_of(id) == &matmul_accumulate_op;
    if (!accumulates && op_of(id) != &matmul_op) return false;
    const auto inputs = g_.inputs_of(id);
    if (accumulates && (inputs[0] == gradient || inputs[3] == gradient || inputs[4] == gradient))
      return false;
    const bool transposed = result_.weight_transposed;
    return is_product(id, accumulates ? 1 : 0, transposed ? gradient : result_.x,
                      transposed ? result_.x : gradient, true, false);
  }
  [[nodiscard]] constexpr bool is_by_bias(NodeId id) const {
    if (result_.bias == no_node || op_of(id) != &sum_op) return false;
    const Shape& of = g_.node(g_.inputs_of(id)[0]).shape;
    return g_.node(id).attributes.integers[0] == (std::int64_t{1} << (of.rank - 1)) - 1 &&
           g_.node(id).shape.elements() == classes_;
  }
  [[nodiscard]] constexpr bool depends_on_losses(NodeId id) const {
    DynamicArray<char> depends(static_cast<std::size_t>(g_.size()), 0);
    depends[static_cast<std::size_t>(losses_)] = 1;
    for (NodeId each = losses_ + 1; each <= id; ++each)
      for (const NodeId input : g_.inputs_of(each))
        if (depends[static_cast<std::size_t>(input)] != 0)
          depends[static_cast<std::size_t>(each)] = 1;
    return depends[static_cast<std::size_t>(id)] != 0;
  }

  const Graph& g_;
  NodeId losses_;
  Dim classes_{};
  BlockwiseLoss result_{};
};

/// Builds the graph with a BlockwiseLoss replaced.
class BlockwiseRewrite {
 public:
  constexpr BlockwiseRewrite(const Graph& from, const BlockwiseLoss& loss, std::int64_t block_rows)
      : from_(from),
        loss_(loss),
        to_(Graph::empty_like(from)),
        map_(static_cast<std::size_t>(from.size()), no_node) {
    attributes_.integers[blockwise::wide_labels] = from.node(loss.labels).dtype == i64 ? 1 : 0;
    attributes_.integers[blockwise::weight_transposed] = loss.weight_transposed ? 1 : 0;
    attributes_.integers[blockwise::block_rows] = block_rows;
    attributes_.integers[blockwise::has_bias] = loss.bias != no_node ? 1 : 0;
    attributes_.number = from.node(loss.losses).attributes.number;
  }

  [[nodiscard]] constexpr Graph run() {
    const Phase before = to_.phase;
    for (NodeId id = 0; id < from_.size(); ++id) {
      const auto i = static_cast<std::size_t>(id);
      if (map_[i] != no_node || loss_.replaced[i] != 0) continue;
      if (id == loss_.losses)
        append_loss();
      else if (id == loss_.by_weight)
        append_accumulated();
      else
        append(id);
    }
    map_interface(from_, map_, to_);
    to_.phase = before;
    return remove_dead_nodes(to_);  // the repeated bias
  }

 private:
  constexpr void append(NodeId id) {
    map_inputs(from_, id, map_, operands_);
    map_[static_cast<std::size_t>(id)] = to_.append_like(from_, id, operands_).id;
  }
  /// Appends what the cotangent of the losses depends on. None of it depends on the losses.
  constexpr void append_with_operands(NodeId root) {
    DynamicArray<char> needed(static_cast<std::size_t>(root) + 1, 0);
    needed[static_cast<std::size_t>(root)] = 1;
    for (NodeId id = root; id >= 0; --id)
      if (needed[static_cast<std::size_t>(id)] != 0 &&
          map_[static_cast<std::size_t>(id)] == no_node)
        for (const NodeId input : from_.inputs_of(id)) needed[static_cast<std::size_t>(input)] = 1;
    for (NodeId id = 0; id <= root; ++id)
      if (needed[static_cast<std::size_t>(id)] != 0 &&
          map_[static_cast<std::size_t>(id)] == no_node)
        append(id);
  }
  [[nodiscard]] constexpr Tensor mapped_tensor(NodeId id) { return to_.tensor(mapped(map_, id)); }

  constexpr void append_loss() {
    const Node& node = from_.node(loss_.losses);
    const auto scope = to_.scope_number(node.scope);
    const Location at = node.at;
    std::vector<Tensor> operands{mapped_tensor(loss_.x), mapped_tensor(loss_.labels),
                                 mapped_tensor(loss_.weight)};
    if (loss_.bias != no_node) operands.push_back(mapped_tensor(loss_.bias));
    if (loss_.cotangent == no_node) {
      to_.phase = node.phase;
      set(loss_.losses, to_.append(blockwise_softmax_cross_entropy_op,
                                   std::span<const Tensor>(operands), attributes_, at));
      return;
    }
    append_with_operands(loss_.cotangent);
    operands.push_back(mapped_tensor(loss_.cotangent));
    std::int64_t& wanted = attributes_.integers[blockwise::wanted];
    if (loss_.by_x != no_node) wanted |= blockwise::by_x;
    if (loss_.by_weight != no_node) wanted |= blockwise::by_weight;
    if (loss_.by_bias != no_node) wanted |= blockwise::by_bias;
    to_.phase = Phase::backward;
    all_ = to_.append(blockwise_softmax_cross_entropy_gradients_op,
                      std::span<const Tensor>(operands), attributes_, at);
    const Dim inner = from_.node(loss_.x).shape[1];
    const Dim classes = from_.node(loss_.weight).shape[loss_.weight_transposed ? 0 : 1];
    const blockwise::Layout layout(loss_.rows, inner, classes, wanted);
    set(loss_.losses, part(layout.losses_begin, loss_.losses));
    if (loss_.by_x != no_node) set(loss_.by_x, part(layout.x_begin, loss_.by_x));
    if (loss_.by_bias != no_node) set(loss_.by_bias, part(layout.bias_begin, loss_.by_bias));
    if (loss_.by_weight != no_node) {
      by_weight_ = part(Dim{0}, loss_.by_weight);
      if (from_.node(loss_.by_weight).op == &matmul_op) set(loss_.by_weight, by_weight_);
    }
  }
  /// Returns the view of the results that begins at `begin` and has the shape of node `like`.
  [[nodiscard]] constexpr Tensor part(Dim begin, NodeId like) {
    const Node& node = from_.node(like);
    const Attributes range =
        foregraph::detail::slice_attributes(0, begin, node.shape.elements(), 1);
    return reshape(to_.append(slice_view_op, {all_}, range, node.at), node.shape, node.at);
  }
  /// Appends beta * c + alpha * (gradient of the weight), in place of a matmul_accumulate.
  constexpr void append_accumulated() {
    const Node& node = from_.node(loss_.by_weight);
    const auto scope = to_.scope_number(node.scope);
    to_.phase = node.phase;
    const auto inputs = from_.inputs_of(loss_.by_weight);
    const Tensor kept = times(inputs[4], mapped_tensor(inputs[0]), node.at);
    const Tensor added = times(inputs[3], by_weight_, node.at);
    set(loss_.by_weight, add(kept, added, node.at));
  }
  /// Returns the product with scalar `factor`, or `t` if that is the constant 1.
  [[nodiscard]] constexpr Tensor times(NodeId factor, Tensor t, Location at) {
    const Node& node = from_.node(factor);
    if (node.op->kind == OpKind::constant && node.attributes.number == 1) return t;
    return multiply(mapped_tensor(factor), t, at);
  }
  constexpr void set(NodeId id, Tensor t) { map_[static_cast<std::size_t>(id)] = t.id; }

  const Graph& from_;
  const BlockwiseLoss& loss_;
  Graph to_;
  DynamicArray<NodeId> map_;
  DynamicArray<NodeId> operands_{};
  Attributes attributes_{};
  Tensor all_{};
  Tensor by_weight_{};
};

}  // namespace detail

/// Returns the loss of `g` that can be computed by blocks of rows and has the most bytes of logits
/// at `batch_size`; an empty one if there is none or they have fewer than `least_bytes`. A loss is
/// left alone if its logits, or their gradient, are used for anything but the loss and the
/// gradients of the product, or if the weights of the rows depend on the losses. O(nodes) for each
/// softmax cross-entropy.
[[nodiscard]] constexpr BlockwiseLoss find_blockwise_loss(const Graph& g, std::int64_t batch_size,
                                                          std::int64_t least_bytes) {
  BlockwiseLoss best;
  std::int64_t most = least_bytes;
  for (NodeId id = 0; id < g.size(); ++id) {
    if (g.node(id).op != &softmax_cross_entropy_op) continue;
    const Node& logits = g.node(g.inputs_of(id)[0]);
    const std::int64_t bytes =
        logits.shape.elements().at(batch_size) * bytes_per_element(logits.dtype);
    if (bytes < most) continue;
    BlockwiseLoss loss = detail::BlockwiseMatch(g, id).run();
    if (!loss.found()) continue;
    most = bytes;
    best = std::move(loss);
  }
  return best;
}

/// Returns `from` with `loss`, found in it, computed by blocks of `block_rows` rows.
[[nodiscard]] constexpr Graph loss_in_blocks(const Graph& from, const BlockwiseLoss& loss,
                                             std::int64_t block_rows) {
  return detail::BlockwiseRewrite(from, loss, block_rows).run();
}

}  // namespace foregraph::passes
