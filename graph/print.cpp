#include <algorithm>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <string_view>

namespace foregraph {
namespace {

std::string number(double value) {
  return text::significant(value, 6);
}

std::string id_of(NodeId id) {
  return '%' + std::to_string(id);
}

std::string to_string(const Initializer& initializer) {
  switch (initializer.kind) {
    case Initializer::Kind::constant:
      return number(initializer.scale);
    case Initializer::Kind::uniform:
      return "uniform(+-" + number(initializer.scale) + ", seed " +
             std::to_string(initializer.seed) + ')';
    case Initializer::Kind::normal:
      return "normal(0, " + number(initializer.scale) + ", seed " +
             std::to_string(initializer.seed) + ')';
    case Initializer::Kind::truncated_normal:
      return "truncated_normal(0, " + number(initializer.scale) + ", seed " +
             std::to_string(initializer.seed) + ')';
    case Initializer::Kind::between:
      return number(initializer.scale) + " for [" + std::to_string(initializer.first) + ", " +
             std::to_string(initializer.last) + ")";
    case Initializer::Kind::given:
      return "given values " + std::to_string(initializer.first);
    case Initializer::Kind::orthogonal:
      return "orthogonal(" + number(initializer.scale) + ", seed " +
             std::to_string(initializer.seed) + ')';
  }
  return "?";
}

std::string type_of(const Node& node) {
  return " : " + to_string(node.dtype, node.shape);
}

std::string comment(const Node& node) {
  if (node.at.line <= 0) return "\n";
  return "   // " + file_and_line(node.at) + '\n';
}

bool is_interface(const Node& node) {
  const OpKind kind = node.op->kind;
  return kind == OpKind::input || kind == OpKind::variable || kind == OpKind::setting;
}

/// Returns an expression such as "matmul(%3, %1) {0,1}", "constant 0.5" or "extent [batch,10]".
std::string expression(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  std::string text(node.op->name);
  if (node.op->kind == OpKind::constant) return text + ' ' + number(node.attributes.number);
  if (node.op->kind == OpKind::extent) return text + ' ' + to_string(node.attributes.shape);
  text += '(';
  for (const NodeId input : graph.inputs_of(id)) {
    if (text.back() != '(') text += ", ";
    text += id_of(input);
  }
  text += ')';
  std::size_t used = node.attributes.integers.size();
  while (used > 0 && node.attributes.integers[used - 1] == 0) --used;
  for (std::size_t i = 0; i < used; ++i)
    text += (i == 0 ? " {" : ",") + std::to_string(node.attributes.integers[i]);
  return used > 0 ? text + '}' : text;
}

void print_interface(const Graph& graph, std::string& text) {
  if (!graph.inputs.empty()) text += "inputs\n";
  for (const NodeId id : graph.inputs)
    text += "  " + id_of(id) + ' ' + full_name(graph, id) + type_of(graph.node(id)) +
            comment(graph.node(id));
  if (!graph.variables.empty()) text += "variables\n";
  for (const Variable& v : graph.variables)
    text += "  " + id_of(v.node) + ' ' + full_name(graph, v.node) + type_of(graph.node(v.node)) +
            " = " + to_string(v.initializer) + (v.trainable ? "" : " (not trained)") +
            comment(graph.node(v.node));
  if (!graph.settings.empty()) text += "settings\n";
  for (const NodeId id : graph.settings)
    text += "  " + id_of(id) + ' ' + full_name(graph, id) + type_of(graph.node(id)) + " = " +
            number(graph.node(id).attributes.number) + '\n';
}

void print_results(const Graph& graph, std::string& text) {
  if (!graph.updates.empty()) text += "updates\n";
  for (const Update& u : graph.updates)
    text += "  " + full_name(graph, graph.variables[static_cast<std::size_t>(u.variable)].node) +
            " <- " + id_of(u.value) + '\n';
  if (!graph.outputs.empty()) text += "outputs\n";
  for (const NodeId id : graph.outputs) text += "  " + id_of(id) + '\n';
  if (graph.loss != no_node) text += "loss\n  " + id_of(graph.loss) + '\n';
}

/// Returns a DOT string: quotes and backslashes escaped, control characters replaced.
std::string quoted(std::string_view raw) {
  std::string text = "\"";
  for (const char c : raw) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '\n')
      text += "\\n";
    else
      text += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return text + '"';
}

std::string_view colour_of(const Node& node) {
  if (node.op->kind == OpKind::input) return "#fff2cc";
  if (node.op->kind == OpKind::variable) return "#d5e8d4";
  switch (node.phase) {
    case Phase::forward:
      return "#dae8fc";
    case Phase::backward:
      return "#f8cecc";
    case Phase::update:
      return "#e1d5e7";
  }
  return "#ffffff";
}

void print_dot_node(const Graph& graph, NodeId id, const std::string& indent, std::string& text) {
  const Node& node = graph.node(id);
  std::string label = is_interface(node) ? full_name(graph, id) : id_of(id) + ' ';
  if (node.op->kind == OpKind::constant)
    label += number(node.attributes.number);
  else if (!is_interface(node))
    label += node.op->name;
  label += '\n' + to_string(node.dtype, node.shape);
  text += indent + 'n' + std::to_string(id) + " [label=" + quoted(label) +
          ", fillcolor=" + quoted(colour_of(node)) + (id == graph.loss ? ", penwidth=3" : "") +
          "];\n";
}

void print_cluster(const Graph& graph, std::int32_t scope,
                   const std::vector<std::vector<NodeId>>& members,
                   const std::vector<std::vector<std::int32_t>>& children,
                   const std::string& indent, std::string& text) {
  const auto s = static_cast<std::size_t>(scope);
  for (const NodeId id : members[s]) print_dot_node(graph, id, indent, text);
  for (const std::int32_t child : children[s]) {
    text += indent + "subgraph cluster_" + std::to_string(child) + " {\n" + indent +
            "  label=" + quoted(graph.text(graph.scope_at(child).name)) + ";\n";
    print_cluster(graph, child, members, children, indent + "  ", text);
    text += indent + "}\n";
  }
}

}  // namespace

std::string to_text(const Graph& graph) {
  std::string text;
  print_interface(graph, text);
  bool first = true;
  Phase phase = Phase::forward;
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (is_interface(node)) continue;
    if (first || node.phase != phase) text += std::string(name_of(node.phase)) + '\n';
    first = false;
    phase = node.phase;
    const std::string path = scope_path(graph, node.scope);
    text += "  " + id_of(id) + (path.empty() ? "" : ' ' + path + std::string(node.op->name)) +
            " = " + expression(graph, id) + type_of(node) + comment(node);
  }
  print_results(graph, text);
  return text;
}

std::string to_dot(const Graph& graph) {
  std::int32_t last_scope = 0;  // parents come before their children
  for (NodeId id = 0; id < graph.size(); ++id)
    last_scope = std::max(last_scope, graph.node(id).scope);
  std::vector<std::vector<NodeId>> members(static_cast<std::size_t>(last_scope) + 1);
  std::vector<std::vector<std::int32_t>> children(members.size());
  for (NodeId id = 0; id < graph.size(); ++id)
    members[static_cast<std::size_t>(graph.node(id).scope)].push_back(id);
  for (std::int32_t s = 1; s <= last_scope; ++s)
    children[static_cast<std::size_t>(graph.scope_at(s).parent)].push_back(s);

  std::string text =
      "digraph foregraph {\n  rankdir=BT;\n"
      "  node [shape=box, style=filled, fontname=\"monospace\"];\n";
  print_cluster(graph, 0, members, children, "  ", text);
  for (NodeId id = 0; id < graph.size(); ++id)
    for (const NodeId input : graph.inputs_of(id))
      text += "  n" + std::to_string(input) + " -> n" + std::to_string(id) + ";\n";
  for (const Update& u : graph.updates)
    text += "  n" + std::to_string(u.value) + " -> n" +
            std::to_string(graph.variables[static_cast<std::size_t>(u.variable)].node) +
            " [style=dashed, constraint=false];\n";
  return text + "}\n";
}

}  // namespace foregraph
