#pragma once

#include <string>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// Returns the first thing that is wrong with a graph as one line that names the node, or an empty
/// text. Checks the order of nodes, the number of operands, shapes and dtypes against the rules of
/// the ops, that nothing of the forward pass depends on the backward pass or the update, and that
/// inputs, variables, settings, outputs, updates and the loss are nodes of the right kind.
/// O(nodes + edges).
[[nodiscard]] std::string first_inconsistency(const Graph& g);

}  // namespace foregraph
