#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/roles.hpp>
#include <foregraph/detail/diagnose/preflight/value_ranges.hpp>
#include <string_view>

namespace foregraph::checks {
namespace {

/// Returns the input that `id` is under views and casts, or no_node.
NodeId input_under(const Graph& g, NodeId id) {
  id = under_views(g, id);
  return g.node(id).op->kind == OpKind::input ? id : no_node;
}

bool normalises(std::string_view op) {
  return op == "moments" || op.find("norm") != std::string_view::npos;
}

/// Returns whether `id` has readers and all of them normalise it, possibly through views.
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

std::vector<LossOp> loss_ops_of(const Graph& g) {
  std::vector<LossOp> found;
  for (NodeId id = 0; id < g.size(); ++id) {
    const std::string_view op = g.node(id).op->name;
    const auto inputs = g.inputs_of(id);
    if (inputs.size() < 2 || g.node(id).phase != Phase::forward) continue;
    if (op == "softmax_cross_entropy") {
      found.push_back({LossOp::Kind::softmax, id, inputs[0], inputs[1]});
    } else if (op == "softmax_cross_entropy_of_probabilities") {
      found.push_back({LossOp::Kind::distribution, id, inputs[0], inputs[1]});
    } else if (op == "binary_cross_entropy") {
      found.push_back({LossOp::Kind::binary, id, inputs[0], inputs[1]});
    } else if (op == "binary_cross_entropy_with_logits") {
      found.push_back({LossOp::Kind::binary_of_logits, id, inputs[0], inputs[1]});
    } else if (op == "subtract") {
      // softplus(x) - x * y
      const NodeId product = inputs[1];
      if (g.node(inputs[0]).op->name != "softplus" || g.node(product).op->name != "multiply")
        continue;
      const NodeId logit = g.inputs_of(inputs[0])[0];
      for (const std::size_t target : {0U, 1U})
        if (g.inputs_of(product)[1 - target] == logit &&
            input_under(g, g.inputs_of(product)[target]) != no_node)
          found.push_back(
              {LossOp::Kind::binary_of_logits, id, logit, g.inputs_of(product)[target]});
    }
  }
  return found;
}

std::vector<InputRole> roles_of(const Graph& g) {
  std::vector<InputRole> roles;
  const std::vector<char> for_outputs = ancestors_of(g, g.outputs);
  const std::vector<char> for_loss = ancestors_of(g, {&g.loss, 1});
  for (const NodeId id : g.inputs) {
    InputRole role;
    role.node = id;
    role.name = std::string(g.text(g.node(id).name));
    if (g.outputs.empty()) {
      for (const std::string_view name : {"label", "labels", "y", "target", "targets"})
        role.is_target = role.is_target || role.name == name;
      role.is_feature = !role.is_target;
    } else {
      role.is_feature = for_outputs[static_cast<std::size_t>(id)] != 0;
      // An input that neither needs is read only in training, such as noise.
      role.is_target = !role.is_feature && for_loss[static_cast<std::size_t>(id)] != 0;
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
  for (const LossOp& loss : loss_ops_of(g)) {
    InputRole* const role = role_at(loss.target);
    if (role == nullptr) continue;
    role->is_target = true;
    if (loss.kind == LossOp::Kind::softmax)
      role->classes = g.node(loss.prediction).shape[-1].constant;
    else if (loss.kind == LossOp::Kind::distribution)
      role->is_distribution = true;
    else
      role->is_probability = true;
  }
  for (NodeId id = 0; id < g.size(); ++id) {
    if (g.node(id).op->name != "gather" || g.inputs_of(id).size() < 2) continue;
    InputRole* const role = role_at(g.inputs_of(id)[1]);
    if (role == nullptr) continue;
    role->is_index = true;
    const Node& node = g.node(id);
    const Shape& table = g.node(g.inputs_of(id)[0]).shape;
    role->table_rows = table[static_cast<int>(node.attributes.integers[0])].constant;
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
  const std::vector<char> for_loss = ancestors_of(g, {&g.loss, 1});
  for (const LossOp& loss : loss_ops_of(g)) {
    if (for_loss[static_cast<std::size_t>(loss.node)] == 0) continue;
    const bool binary =
        loss.kind == LossOp::Kind::binary || loss.kind == LossOp::Kind::binary_of_logits;
    return binary ? std::log(2.0)
                  : std::log(static_cast<double>(g.node(loss.prediction).shape[-1].constant));
  }
  return 0;
}

}  // namespace foregraph::checks
