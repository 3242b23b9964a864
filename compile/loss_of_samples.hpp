#pragma once

#include <cstdint>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// How the loss of a batch comes of its samples.
enum class LossKind : std::uint8_t {
  average,  ///< a mean over samples, and terms without samples: parts of a batch weigh by their
            ///< size
  total,    ///< a sum over samples: parts of a batch add up
  mixed     ///< neither: samples influence one another, or the analysis does not know the op
};

struct LossOfSamples {
  LossKind kind = LossKind::mixed;
  /// If mixed: the first node at which samples mix, or that uses them in a way not known.
  NodeId culprit = no_node;
};

/// Whether the gradient of a batch is the (weighted) sum of the gradients of its parts, so that it
/// may be computed part by part. `g` is a forward graph with a loss, resolved for training.
///
/// Method: abstract interpretation of the graph in one sweep. Each value is one of: the same for
/// all batches; a row for each sample, on its own, along one axis; a sum over samples; a mean; the
/// number of samples; or unknown. Ops tell by OpDef::samples and OpDef::linear how they combine
/// these. O(nodes + edges).
[[nodiscard]] LossOfSamples loss_of_samples(const Graph& g);

/// Returns whether the batch is the first axis of node `id` and its rows are known, by the same
/// analysis, to be those of sample 0, then of sample 1, and so on.
[[nodiscard]] bool has_row_per_sample(const Graph& g, NodeId id);

}  // namespace foregraph
