#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/graph/update.hpp>
#include <foregraph/detail/onnx/import/unused.hpp>
#include <utility>
#include <vector>

namespace foregraph::onnx {
namespace {

std::size_t index(NodeId id) {
  return static_cast<std::size_t>(id);
}

/// An update is needed if its variable is: the running average of a batch norm that is read.
std::vector<bool> needed_nodes_of(const ImportedModel& model) {
  const Graph& graph = model.graph;
  std::vector<bool> needed(static_cast<std::size_t>(graph.size()));
  const auto need = [&](NodeId from) {
    std::vector<NodeId> open{from};
    while (!open.empty()) {
      const NodeId id = open.back();
      open.pop_back();
      if (needed[index(id)]) continue;
      needed[index(id)] = true;
      for (const NodeId operand : graph.inputs_of(id)) open.push_back(operand);
    }
  };
  for (const Output& output : model.outputs) need(output.id);
  for (bool changed = true; changed;) {
    changed = false;
    for (const Update& update : graph.updates) {
      const NodeId variable = graph.variables[static_cast<std::size_t>(update.variable)].node;
      if (!needed[index(variable)] || needed[index(update.value)]) continue;
      need(update.value);
      changed = true;
    }
  }
  return needed;
}

}  // namespace

void drop_unused(ImportedModel& model) {
  const std::vector<bool> needed = needed_nodes_of(model);
  const Graph from = std::move(model.graph);
  Graph to = Graph::empty_like(from);
  std::vector<NodeId> moved(needed.size(), no_node);
  // Some ops add variables, such as the step that dropout counts.
  std::vector<std::ptrdiff_t> described(from.variables.size(), -1);
  for (std::size_t i = 0; i < model.variables.size(); ++i)
    described[static_cast<std::size_t>(model.variables[i].index)] = static_cast<std::ptrdiff_t>(i);
  std::vector<ImportedVariable> variables;
  for (NodeId id = 0; id < from.size(); ++id) {
    const Node& node = from.node(id);
    const std::string name(from.text(node.name));
    if (!needed[index(id)]) {
      if (node.op->kind == OpKind::input)
        model.notes.push_back("input " + in_quotes(name) + " is not used, and left out");
      continue;
    }
    to.phase = node.phase;
    const auto scope = to.scope_number(node.scope);
    Tensor tensor;
    if (const std::int32_t v = from.variable_index(id); v >= 0) {
      const Variable& variable = from.variables[static_cast<std::size_t>(v)];
      tensor = variable.trainable
                   ? to.parameter(name, node.shape, variable.initializer, node.dtype, node.at)
                   : to.state(name, node.shape, variable.initializer, node.dtype, -1, node.at);
      if (const std::ptrdiff_t i = described[static_cast<std::size_t>(v)]; i >= 0) {
        variables.push_back(std::move(model.variables[static_cast<std::size_t>(i)]));
        variables.back().index = to.variable_index(tensor.id);
      }
    } else if (node.op->kind == OpKind::input) {
      tensor = to.input(name, node.shape, node.dtype, node.at);
    } else {
      std::vector<NodeId> operands;
      for (const NodeId operand : from.inputs_of(id)) operands.push_back(moved[index(operand)]);
      tensor = to.append_like(from, id, operands);
    }
    moved[index(id)] = tensor.id;
  }
  to.phase = from.phase;
  for (const Update& update : from.updates)
    if (needed[index(update.value)]) {
      const NodeId variable = from.variables[static_cast<std::size_t>(update.variable)].node;
      to.updates.push_back({to.variable_index(moved[index(variable)]), moved[index(update.value)]});
    }
  const std::vector<Output> before = std::exchange(model.outputs, {});
  model.variables = std::move(variables);
  model.graph = std::move(to);
  for (const Output& output : before)
    model.outputs.emplace_back(from.text(output.name), model.graph.tensor(moved[index(output.id)]));
}

}  // namespace foregraph::onnx
