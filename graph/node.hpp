#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <foregraph/detail/graph/initializer.hpp>
#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/graph/tensor.hpp>

/// The values that a graph holds, and a model, which is a choice among them.
namespace foregraph {

/// The part of the training step a node belongs to; the memory report groups by it.
enum class Phase : std::uint8_t { forward, backward, update };

/// A piece of text stored in the graph's buffer.
struct Name {
  std::int32_t offset = 0;  ///< first byte in the graph's buffer
  std::int32_t length = 0;  ///< number of bytes
};

/// An op applied to operands, with the shape and dtype of its result.
struct Node {
  const OpDef* op = nullptr;     ///< the definition of the op
  std::int32_t first_input = 0;  ///< index of the first operand in the graph's list of edges
  std::int32_t arity = 0;        ///< number of operands
  Shape shape{};                 ///< shape of the result
  DType dtype = f32;             ///< dtype of the result
  Phase phase = Phase::forward;  ///< part of the step
  std::int32_t scope = 0;        ///< index of the scope, for scope_at()
  Name name{};                   ///< the name without its scopes; empty if there is none
  Location at{};                 ///< the line in the user's source
  Attributes attributes{};       ///< parameters of the op, such as axes
  /// Number of the recomputation (see compile/recompute.hpp) this node was copied for, or 0.
  std::int32_t recomputation = 0;
};

/// A tensor that persists across steps: a parameter, or state that may belong to one (`owner`).
struct Variable {
  NodeId node = no_node;      ///< the node that reads it
  Initializer initializer{};  ///< values at the start of training
  bool trainable = false;     ///< true for parameters
  std::int32_t owner = -1;    ///< index of the parameter this state belongs to
  bool is_sum = false;        ///< sum of gradients; exists only while a batch is computed in parts
};

/// Assignment of node `value` to `variable` (an index) at the end of a step.
struct Update {
  std::int32_t variable = 0;  ///< index of the variable
  NodeId value = no_node;     ///< the node whose value is assigned
};

/// A tensor that a model function returns, by which predictions find it.
struct Output : Tensor {
  /// The name given, as text of the tensor's graph; if empty, the output has the name of its layer
  /// (see output_names()).
  Name name{};

  constexpr Output() = default;
  /// Makes an output named after its layer.
  constexpr Output(const Tensor& tensor) : Tensor(tensor) {}  // NOLINT: every tensor may be one
  /// Makes an output with a name.
  constexpr Output(std::string_view name, const Tensor& tensor);
};

/// The result of a model function:
///
///     return fg::Model{.loss = loss, .outputs = {logits}};
///     return fg::Model{.loss = loss, .outputs = {{"probability", p}, {"hidden", h}}};
struct Model {
  Tensor loss{};                  ///< the scalar to minimise
  std::vector<Output> outputs{};  ///< the tensors that predict() returns
};

}  // namespace foregraph
