#include <algorithm>
#include <cmath>
#include <foregraph/runtime/preflight/roles.hpp>
#include <string_view>

namespace foregraph::checks {
namespace {

/// Which nodes are needed for `roots`.
std::vector<char> ancestors(const Graph& g, const std::vector<NodeId>& roots) {
  std::vector<char> needed(static_cast<std::size_t>(g.size()), 0);
  for (const NodeId id : roots)
    if (id != no_node) needed[static_cast<std::size_t>(id)] = 1;
  for (NodeId id = g.size() - 1; id >= 0; --id)
    if (needed[static_cast<std::size_t>(id)] != 0)
      for (const NodeId input : g.inputs_of(id)) needed[static_cast<std::size_t>(input)] = 1;
  return needed;
}

/// The input that `id` is, under views and changes of type; or no_node.
NodeId input_under(const Graph& g, NodeId id) {
  while (g.node(id).op->kind == OpKind::view || g.node(id).op->kind == OpKind::broadcast ||
         g.node(id).op->name == "cast")
    id = g.inputs_of(id)[0];
  return g.node(id).op->kind == OpKind::input ? id : no_node;
}

bool normalises(std::string_view op) {
  return op == "moments" || op.find("norm") != std::string_view::npos;
}

/// Every node that reads `id`, also through views.
bool all_readers_normalise(const Graph& g, NodeId id) {
  bool any = false;
  for (NodeId reader = id + 1; reader < g.size(); ++reader) {
    const auto inputs = g.inputs_of(reader);
    if (std::find(inputs.begin(), inputs.end(), id) == inputs.end()) continue;
    any = true;
    const OpDef& op = *g.node(reader).op;
    if (op.kind == OpKind::view ? !all_readers_normalise(g, reader) : !normalises(op.name))
      return false;
  }
  return any;
}

}  // namespace

std::vector<InputRole> roles_of(const Graph& g) {
  std::vector<InputRole> roles;
  const std::vector<char> for_outputs = ancestors(g, g.outputs);
  for (const NodeId id : g.inputs) {
    InputRole role;
    role.node = id;
    role.name = std::string(g.text(g.node(id).name));
    if (g.outputs.empty()) {
      for (const std::string_view name : {"label", "labels", "y", "target", "targets"})
        role.is_target = role.is_target || role.name == name;
    } else {
      role.is_target = for_outputs[static_cast<std::size_t>(id)] == 0;
    }
    role.is_normalised = all_readers_normalise(g, id);
    roles.push_back(role);
  }
  const auto role_at = [&](NodeId id) -> InputRole* {
    const NodeId input = input_under(g, id);
    for (InputRole& role : roles)
      if (role.node == input) return &role;
    return nullptr;
  };
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& node = g.node(id);
    const auto inputs = g.inputs_of(id);
    if (inputs.size() < 2) continue;
    InputRole* const second = role_at(inputs[1]);
    if (second == nullptr) continue;
    const Shape& shape = g.node(inputs[0]).shape;
    if (node.op->name == "softmax_cross_entropy") {
      second->is_target = true;
      second->classes = shape[-1].constant;
    } else if (node.op->name == "binary_cross_entropy" ||
               node.op->name == "binary_cross_entropy_with_logits") {
      second->is_target = second->is_probability = true;
    } else if (node.op->name == "softmax_cross_entropy_of_probabilities") {
      second->is_target = second->is_distribution = true;
    } else if (node.op->name == "gather") {
      second->is_index = true;
      second->table_rows = shape[static_cast<int>(node.attributes.integers[0])].constant;
    }
  }
  // softplus(x) - x * y: binary cross-entropy with logits.
  for (NodeId id = 0; id < g.size(); ++id) {
    if (g.node(id).op->name != "subtract") continue;
    const NodeId first = g.inputs_of(id)[0];
    const NodeId other = g.inputs_of(id)[1];
    if (g.node(first).op->name != "softplus" || g.node(other).op->name != "multiply") continue;
    for (const int target : {0, 1})
      if (g.inputs_of(other)[static_cast<std::size_t>(1 - target)] == g.inputs_of(first)[0])
        if (InputRole* const role = role_at(g.inputs_of(other)[static_cast<std::size_t>(target)]))
          role->is_target = role->is_probability = true;
  }
  return roles;
}

std::int64_t values_per_sample_in_batch_norm(const Graph& g) {
  std::int64_t fewest = 0;
  for (NodeId id = 0; id < g.size(); ++id) {
    if (g.node(id).op->name != "batch_norm" || g.node(id).phase != Phase::forward) continue;
    const Shape& shape = g.node(g.inputs_of(id)[0]).shape;
    const std::int64_t values =
        shape.elements().per_sample / std::max<std::int64_t>(1, shape[-1].constant);
    if (values > 0 && (fewest == 0 || values < fewest)) fewest = values;
  }
  return fewest;
}

double loss_of_equal_chances(const Graph& g) {
  if (g.loss == no_node) return 0;
  const std::vector<char> for_loss = ancestors(g, {g.loss});
  for (NodeId id = 0; id < g.size(); ++id) {
    if (for_loss[static_cast<std::size_t>(id)] == 0) continue;
    const std::string_view op = g.node(id).op->name;
    if (op == "softmax_cross_entropy" || op == "softmax_cross_entropy_of_probabilities")
      return std::log(static_cast<double>(g.node(g.inputs_of(id)[0]).shape[-1].constant));
    if (op == "binary_cross_entropy" || op == "binary_cross_entropy_with_logits")
      return std::log(2.0);
  }
  for (const InputRole& role : roles_of(g))
    if (role.is_probability) return std::log(2.0);
  return 0;
}

}  // namespace foregraph::checks
