#pragma once

#include <span>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// Context of an op's gradient rule. Given the cotangent of the output, the rule appends the
/// cotangents of the inputs as ordinary ops, so that a gradient can be differentiated again.
class Vjp {
 public:
  /// Prepares the gradient of `node`, for the operands that `wanted` marks.
  constexpr Vjp(Graph& graph, NodeId node, Tensor output_cotangent, std::span<const char> wanted)
      : output{&graph, node},
        cotangent(output_cotangent),
        at(graph.node(node).at),
        attributes(graph.node(node).attributes),
        wanted_(wanted) {
    const auto inputs = graph.inputs_of(node);
    for (const NodeId input : inputs) inputs_.push_back(input);
    results_.resize(inputs_.size());
  }

  /// Returns operand `i`, counted from 0.
  [[nodiscard]] constexpr Tensor input(int i) const {
    return {output.graph, inputs_[static_cast<std::size_t>(i)]};
  }
  /// Returns true if the cotangent of input `i` is used; skipping the others only saves work.
  [[nodiscard]] constexpr bool wants(int i) const {
    return wanted_[static_cast<std::size_t>(inputs_[static_cast<std::size_t>(i)])] != 0;
  }
  /// Sets the cotangent of input `i`; its shape must match the input's.
  constexpr void set(int i, Tensor input_cotangent) {
    results_[static_cast<std::size_t>(i)] = input_cotangent;
  }
  /// Returns the cotangents set so far, by operand.
  [[nodiscard]] constexpr std::span<const Tensor> results() const {
    return {results_.data(), results_.size()};
  }
  /// Returns the nodes of the operands.
  [[nodiscard]] constexpr ArrayView<NodeId> inputs() const {
    return {inputs_.data(), inputs_.size()};
  }

  const Tensor output;     ///< the result of the op
  const Tensor cotangent;  ///< the cotangent of the result, of its shape and dtype
  const Location at;       ///< gradient nodes point at the user's source line of the forward op
  const Attributes attributes;  ///< attributes of the op

 private:
  std::span<const char> wanted_;
  DynamicArray<NodeId> inputs_;
  DynamicArray<Tensor> results_;
};

/// Leaves all cotangents unset, for ops whose derivative is zero wherever it exists.
constexpr void zero_gradient(Vjp&) {}

}  // namespace foregraph
