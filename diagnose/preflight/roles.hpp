#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::checks {

/// What an input of a model is there for, as its graph tells.
struct InputRole {
  NodeId node = no_node;
  std::string name;
  /// Only the loss depends on it, or it is compared with a prediction.
  bool is_target = false;
  bool is_feature = false;       ///< an output depends on it; it may be a target, too
  std::int64_t classes = 0;      ///< labels in [0, classes), if softmax_cross_entropy reads it
  bool is_probability = false;   ///< within [0,1], by binary cross-entropy
  bool is_distribution = false;  ///< rows that sum to one
  bool is_index = false;         ///< looks up rows of a table, as a token does
  std::int64_t table_rows = 0;   ///< of that table
  /// All that reads it normalises it (batch norm, layer norm): its scale does not matter.
  bool is_normalised = false;
};

/// A loss that the graph names, by what it compares.
struct LossOp {
  enum class Kind : std::uint8_t {
    softmax,          ///< logits and labels
    distribution,     ///< logits and probabilities
    binary,           ///< probabilities
    binary_of_logits  ///< softplus(x) - x * y
  };
  Kind kind = Kind::softmax;
  NodeId node = no_node;
  NodeId prediction = no_node;
  NodeId target = no_node;
};
[[nodiscard]] std::vector<LossOp> loss_ops_of(const Graph& g);

/// The roles of all inputs of a forward graph, in their order. Without outputs in the graph, inputs
/// called label, labels, y, target or targets are targets as well. O(nodes).
[[nodiscard]] std::vector<InputRole> roles_of(const Graph& g);

/// The smallest number of values that a channel of a batch norm sees for each sample: 1 after a
/// dense layer, height * width after a convolution. 0 without batch norm. `g` is in training mode.
[[nodiscard]] std::int64_t values_per_sample_in_batch_norm(const Graph& g);

/// The loss that a prediction of equal chances has: ln K with softmax_cross_entropy over K classes,
/// ln 2 with binary cross-entropy; 0 if the loss is another.
[[nodiscard]] double loss_of_equal_chances(const Graph& g);

/// Whether the loss is a softmax or binary cross-entropy.
[[nodiscard]] inline bool is_classification(const Graph& g) {
  return loss_of_equal_chances(g) > 0;
}

}  // namespace foregraph::checks
