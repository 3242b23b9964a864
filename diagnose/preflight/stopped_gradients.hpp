#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// Returns whether some trained parameter reaches the loss both with its gradient and past a
/// stop_gradient or a custom gradient rule, as with adversarial players or targets computed by the
/// model. Steps then do not descend along the gradient of the loss, which may rise although
/// training goes well. Frozen parameters do not count. O(nodes + edges).
[[nodiscard]] FOREGRAPH_EXPORT bool has_stopped_paths(const Graph& built, const Model& model);

}  // namespace foregraph
