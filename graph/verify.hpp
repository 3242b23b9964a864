#pragma once

#include <string>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// Returns the first inconsistency of a graph as one line that names the node, or an empty text.
/// Checks the order of nodes, the number of operands, shapes and dtypes against the ops' rules,
/// that nothing outside the update depends on the update, and that inputs, variables, settings,
/// outputs, updates and the loss are nodes of the right kind. O(nodes + edges).
[[nodiscard]] FOREGRAPH_EXPORT std::string first_inconsistency(const Graph& g);

}  // namespace foregraph
