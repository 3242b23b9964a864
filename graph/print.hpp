#pragma once

#include <string>
#include <string_view>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// The graph as text, one line per node:
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
/// Nodes come in topological order under the phase they belong to. Non-zero integer attributes of
/// an op follow its operands in braces, with the meaning its file in ops/ gives them.
[[nodiscard]] std::string to_text(const Graph& graph);

/// The graph in Graphviz's DOT language: a box per node, a nested cluster per scope, the colour by
/// phase. Updates are dashed edges back to their variable.
[[nodiscard]] std::string to_dot(const Graph& graph);

/// "encoder/hidden/", or nothing for the outermost scope.
[[nodiscard]] std::string scope_path(const Graph& graph, std::int32_t scope);

/// "forward", "backward" or "update".
[[nodiscard]] std::string_view name_of(Phase phase);

/// "model.cpp:38", without the folders.
[[nodiscard]] std::string file_and_line(Location at);

}  // namespace foregraph
