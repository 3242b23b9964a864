#pragma once

#include <cstdint>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// Dependence of the loss of a batch on its samples.
enum class LossKind : std::uint8_t {
  average,  ///< a mean over samples, plus terms without samples: parts are weighted by size
  total,    ///< a sum over samples: parts of a batch add up
  mixed     ///< neither: samples affect one another, or the analysis does not know the op
};

struct LossOfSamples {
  LossKind kind = LossKind::mixed;
  /// If mixed, the first node that mixes samples or uses them in an unknown way.
  NodeId culprit = no_node;
};

/// Determines whether the gradient of a batch is the (weighted) sum of the gradients of its parts,
/// so that it can be computed part by part. `g` is a forward graph with a loss, resolved for
/// training.
///
/// Method: abstract interpretation of the graph in one sweep. Each value is one of: independent of
/// the batch; a row for each sample along one axis, computed from that sample alone; a sum over
/// samples; a mean; the number of samples; or unknown. OpDef::samples and OpDef::linear state how
/// an op combines these. O(nodes + edges).
[[nodiscard]] FOREGRAPH_EXPORT LossOfSamples loss_of_samples(const Graph& g);

/// Returns true if the batch is the first axis of node `id` and its rows are known, by the analysis
/// of loss_of_samples(), to belong to sample 0, then to sample 1, and so on.
[[nodiscard]] FOREGRAPH_EXPORT bool has_row_per_sample(const Graph& g, NodeId id);

}  // namespace foregraph
