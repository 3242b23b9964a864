#include <foregraph/detail/diagnose/view/layers.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <unordered_set>

namespace foregraph::picture {
namespace {

std::size_t node_index(NodeId id) {
  return static_cast<std::size_t>(id);
}

std::string scopes_of(const Graph& g, NodeId id) {
  std::string path = scope_path(g, g.node(id).scope);
  if (!path.empty()) path.pop_back();  // the slash
  return path;
}

std::string layer_of_variable(const Graph& g, NodeId id) {
  const Variable* v = &g.variables[static_cast<std::size_t>(g.variable_index(id))];
  if (v->owner >= 0) v = &g.variables[static_cast<std::size_t>(v->owner)];
  const std::string path = scopes_of(g, v->node);
  return path.empty() ? std::string(g.text(g.node(v->node).name)) : path;
}

}  // namespace

std::vector<std::string> layers_of(const Graph& g) {
  std::vector<std::string> layers(node_index(g.size()));
  for (const Variable& v : g.variables) layers[node_index(v.node)] = layer_of_variable(g, v.node);
  std::unordered_set<std::string> of_model;  // and not of an optimizer, whose nodes have scopes too
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& node = g.node(id);
    std::string& layer = layers[node_index(id)];
    if (node.op->kind != OpKind::variable && node.op->kind != OpKind::input) {
      if (node.phase != Phase::update) layer = scopes_of(g, id);
      int best = 0;
      for (const NodeId input : layer.empty() ? g.inputs_of(id) : ArrayView<NodeId>{}) {
        const std::string& other = layers[node_index(input)];
        if (other.empty()) continue;
        const bool is_forward_value =
            g.node(input).phase == Phase::forward && g.node(input).op->kind != OpKind::variable;
        const bool is_preferred = node.phase == Phase::backward ? is_forward_value
                                  : node.phase == Phase::update ? of_model.count(other) > 0
                                                                : false;
        const int rank = is_preferred ? 2 : 1;
        if (rank <= best) continue;
        best = rank;
        layer = other;
      }
    }
    if (node.phase != Phase::update && !layer.empty()) of_model.insert(layer);
  }
  return layers;
}

}  // namespace foregraph::picture
