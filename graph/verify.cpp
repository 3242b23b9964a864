#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/graph/verify.hpp>
#include <vector>

namespace foregraph {
namespace {

std::string node_text(const Graph& g, NodeId id) {
  return '%' + std::to_string(id) + ' ' + std::string(g.node(id).op->name);
}

bool is_leaf(OpKind kind) {
  return kind == OpKind::input || kind == OpKind::variable || kind == OpKind::constant ||
         kind == OpKind::setting || kind == OpKind::extent;
}

std::string wrong_operands(const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  for (const NodeId input : g.inputs_of(id)) {
    if (input < 0 || input >= id)
      return node_text(g, id) + " reads node " + std::to_string(input) +
             ", which does not come before it";
    const Node& operand = g.node(input);
    // A forward pass may be made of gradients, as of a gradient penalty.
    const bool is_update = operand.phase == Phase::update && !is_leaf(operand.op->kind);
    if (is_update && node.phase != Phase::update)
      return node_text(g, id) + " reads " + node_text(g, input) + ", which is part of the update";
  }
  return {};
}

std::string wrong_result(const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  if (is_leaf(node.op->kind) || node.op->infer == nullptr) return {};
  std::vector<Operand> operands;
  for (const NodeId input : g.inputs_of(id))
    operands.push_back({g.node(input).shape, g.node(input).dtype});
  const Inferred inferred = node.op->infer(operands, node.attributes);
  if (inferred.fault != nullptr)
    return node_text(g, id) +
           " has operands that its op rejects: " + std::string(inferred.fault->what);
  if (inferred.shape != node.shape || inferred.dtype != node.dtype)
    return node_text(g, id) + " is " + to_string(node.dtype, node.shape) +
           ", but its op produces " + to_string(inferred.dtype, inferred.shape) +
           " from its operands";
  return {};
}

std::string wrong_reference(const Graph& g, const char* what, NodeId id, OpKind kind) {
  if (id < 0 || id >= g.size())
    return std::string(what) + " is node " + std::to_string(id) + ", which does not exist";
  if (g.node(id).op->kind != kind) return std::string(what) + " is " + node_text(g, id);
  return {};
}

std::string wrong_interface(const Graph& g) {
  for (const NodeId id : g.inputs)
    if (auto wrong = wrong_reference(g, "an input", id, OpKind::input); !wrong.empty())
      return wrong;
  for (const NodeId id : g.settings)
    if (auto wrong = wrong_reference(g, "a setting", id, OpKind::setting); !wrong.empty())
      return wrong;
  for (const Variable& v : g.variables)
    if (auto wrong = wrong_reference(g, "a variable", v.node, OpKind::variable); !wrong.empty())
      return wrong;
  const auto exists = [&](NodeId id) { return id >= 0 && id < g.size(); };
  for (const NodeId id : g.outputs)
    if (!exists(id)) return "an output is node " + std::to_string(id) + ", which does not exist";
  if (g.loss != no_node && !exists(g.loss))
    return "the loss is node " + std::to_string(g.loss) + ", which does not exist";
  for (const Update& u : g.updates) {
    if (u.variable < 0 || static_cast<std::size_t>(u.variable) >= g.variables.size() ||
        !exists(u.value))
      return "an update is of variable " + std::to_string(u.variable) + " by node " +
             std::to_string(u.value) + ", one of which does not exist";
    const Node& variable = g.node(g.variables[static_cast<std::size_t>(u.variable)].node);
    const Node& value = g.node(u.value);
    if (variable.shape != value.shape || variable.dtype != value.dtype)
      return "the update " + node_text(g, u.value) + " is " + to_string(value.dtype, value.shape) +
             ", but its variable is " + to_string(variable.dtype, variable.shape);
  }
  return {};
}

}  // namespace

std::string first_inconsistency(const Graph& g) {
  for (NodeId id = 0; id < g.size(); ++id) {
    if (auto wrong = wrong_operands(g, id); !wrong.empty()) return wrong;
    if (auto wrong = wrong_result(g, id); !wrong.empty()) return wrong;
  }
  return wrong_interface(g);
}

}  // namespace foregraph
