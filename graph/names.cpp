#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/graph/print.hpp>

namespace foregraph {

std::string scope_path(const Graph& graph, std::int32_t scope) {
  std::string path;
  for (; scope > 0; scope = graph.scope_at(scope).parent)
    path = std::string(graph.text(graph.scope_at(scope).name)) + '/' + path;
  return path;
}

std::string full_name(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const std::string name(graph.text(node.name));
  if (name.empty()) return '%' + std::to_string(id) + ' ' + std::string(node.op->name);
  if (const std::int32_t v = graph.variable_index(id); v >= 0) {
    const std::int32_t owner = graph.variables[static_cast<std::size_t>(v)].owner;
    if (owner >= 0)
      return full_name(graph, graph.variables[static_cast<std::size_t>(owner)].node) + '.' + name;
  }
  // Inputs are matched with the fields of a batch, whose names have no scopes.
  if (node.op->kind == OpKind::input) return name;
  return scope_path(graph, node.scope) + name;
}

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::forward:
      return "forward";
    case Phase::backward:
      return "backward";
    case Phase::update:
      return "update";
  }
  return "?";
}

std::string file_and_line(Location at) {
  std::string_view file = at.file;
  file.remove_prefix(file.find_last_of('/') + 1);  // npos + 1 is 0
  return std::string(file) + ':' + std::to_string(at.line);
}

}  // namespace foregraph
