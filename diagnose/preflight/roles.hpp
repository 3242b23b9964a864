#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::checks {

/// The role of a model input, derived from the graph.
struct InputRole {
  NodeId node = no_node;
  std::string name;
  /// Only the loss depends on it, or it is compared with a prediction.
  bool is_target = false;
  bool is_feature = false;       ///< an output depends on it; it may be a target as well
  std::int64_t classes = 0;      ///< labels are in [0, classes), if softmax_cross_entropy reads it
  bool is_probability = false;   ///< within [0,1], as read by a binary cross-entropy
  bool is_distribution = false;  ///< rows sum to one
  bool is_index = false;         ///< selects rows of a table, as a token does
  std::int64_t table_rows = 0;   ///< rows of that table
  /// All its readers normalise it (batch norm, layer norm), so its scale does not matter.
  bool is_normalised = false;
};

/// A loss op found in the graph, and the nodes it compares.
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

/// Returns the roles of all inputs of a forward graph, in order. If the graph has no outputs,
/// inputs called label, labels, y, target or targets are targets as well. O(nodes).
[[nodiscard]] FOREGRAPH_EXPORT std::vector<InputRole> roles_of(const Graph& g);

/// Returns the smallest number of values per sample in a channel of a batch norm: 1 after a dense
/// layer, height * width after a convolution. 0 without batch norm. `g` is in training mode.
[[nodiscard]] std::int64_t values_per_sample_in_batch_norm(const Graph& g);

/// Returns the loss of a prediction of equal chances: ln K with softmax_cross_entropy over K
/// classes, ln 2 with binary cross-entropy; 0 for any other loss.
[[nodiscard]] double loss_of_equal_chances(const Graph& g);

/// Returns whether the loss is a softmax or binary cross-entropy.
[[nodiscard]] inline bool is_classification(const Graph& g) {
  return loss_of_equal_chances(g) > 0;
}

}  // namespace foregraph::checks
