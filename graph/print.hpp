#pragma once

#include <string>
#include <string_view>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// Returns the graph as text, one line per node:
///
///     inputs
///       %0 x : f32[batch,784]   // model.cpp:9
///     variables
///       %1 hidden/weight : f32[784,512] = uniform(+-0.0681, seed 0)   // model.cpp:11
///     forward
///       %3 hidden/matmul = matmul(%0, %1) : f32[batch,512]   // model.cpp:11
///     updates
///       hidden/weight <- %40
///
/// Nodes are listed in topological order under their phase. Non-zero integer attributes of an op
/// follow its operands in braces; the op's file in ops/ defines their meaning.
[[nodiscard]] FOREGRAPH_EXPORT std::string to_text(const Graph& graph);

/// Returns the graph in Graphviz's DOT language: one box per node, nested clusters for scopes,
/// colours for phases. Updates are dashed edges back to their variable.
[[nodiscard]] FOREGRAPH_EXPORT std::string to_dot(const Graph& graph);

/// Returns a path such as "encoder/hidden/", or an empty text for the outermost scope.
[[nodiscard]] FOREGRAPH_EXPORT std::string scope_path(const Graph& graph, std::int32_t scope);

/// Returns "forward", "backward" or "update".
[[nodiscard]] FOREGRAPH_EXPORT std::string_view name_of(Phase phase);

/// Returns a text such as "model.cpp:38", without directories.
[[nodiscard]] FOREGRAPH_EXPORT std::string file_and_line(Location at);

}  // namespace foregraph
