#pragma once

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// Returns whether some trained parameter reaches the loss both with its gradient and past a
/// stop_gradient or a custom gradient rule: two players against each other, targets that the model
/// makes for itself. Steps then do not descend along the gradient of the loss, which may rise in
/// training that goes well. Parameters that are only frozen do not count. O(nodes + edges).
[[nodiscard]] bool has_stopped_paths(const Graph& built, const Model& model);

}  // namespace foregraph
