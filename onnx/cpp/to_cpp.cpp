#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/base/version.hpp>
#include <foregraph/detail/compile/results.hpp>
#include <foregraph/detail/graph/passes/dead_nodes.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/onnx/cpp/copy.hpp>
#include <foregraph/detail/onnx/cpp/to_cpp.hpp>

namespace foregraph::onnx {
namespace cpp {

/// Writes the function line by line.
class Writer {
 public:
  Writer(const Graph& built, const Model& model, const CppOptions& options)
      : options_(options),
        from_(passes::remove_dead_nodes(planning::with_results(built, model))),
        copy_(from_),
        names_({"g", "fg", "foregraph", "std", "top", "layer", "parameter", "state", options.name}),
        name_(static_cast<std::size_t>(from_.size())),
        uses_(static_cast<std::size_t>(from_.size()), 0) {
    for (const Output& output : model.outputs) output_names_.emplace_back(built.text(output.name));
  }

  [[nodiscard]] std::string text() {
    while (copy_.size() < from_.size()) write_next();
    while (copy_.append_update()) write_update();
    write_return();
    return header() + body();
  }

 private:
  struct Line {
    NodeId result = no_node;
    std::string before{};
    std::string text{};  ///< an expression if there is a result, else a statement
    std::string after{};
  };

  void write_next() {
    const NodeId first = copy_.size();
    enter_scope(first);
    const Node& node = from_.node(first);
    if (!write_call(first)) {
      Line line{first, {}, expression_of(first), {}};
      if (node.phase != Phase::forward) {
        line.before = "g.phase = fg::Phase::" + std::string(name_of(node.phase)) + ";\n";
        line.after = "g.phase = fg::Phase::forward;\n";
      }
      name_[static_cast<std::size_t>(first)] = name_for(first, std::string(node.op->name));
      copy_.append_next();
      lines_.push_back(std::move(line));
    }
    while (copy_.append_update()) write_update();
  }

  /// Writes a call of a function of the library that makes the next nodes.
  [[nodiscard]] bool write_call(NodeId first) {
    for (std::size_t candidate = 0;; ++candidate) {
      const Source source(from_, copy_.graph(), name_);
      Calls calls;
      add_elementwise_calls(source, first, calls);
      add_layer_calls(source, first, calls);
      add_image_calls(source, first, calls);
      add_reduction_calls(source, first, calls);
      add_shape_calls(source, first, calls);
      if (candidate >= calls.size()) return false;
      const Call& call = calls[candidate];
      const NodeId result = copy_.accept(call);
      if (result == no_node) continue;
      for (const NodeId id : call.operands) ++uses_[static_cast<std::size_t>(id)];
      const auto colon = call.function.rfind(':');
      name_[static_cast<std::size_t>(result)] = name_for(
          first, colon == std::string::npos ? call.function : call.function.substr(colon + 1));
      lines_.push_back({result, {}, "fg::" + call.function + '(' + call.arguments + ')', {}});
      return true;
    }
  }

  /// Returns the expression that makes a node that no call stands for.
  [[nodiscard]] std::string expression_of(NodeId id) {
    const Node& node = from_.node(id);
    const std::string name = quoted(from_.text(node.name));
    const std::string type = node.dtype == f32 ? "" : ", " + dtype(node.dtype);
    switch (node.op->kind) {
      case OpKind::input:
        return "g.input(" + name + ", " + shape(node.shape) + type + ')';
      case OpKind::variable:
        return variable(id);
      case OpKind::constant:
        return "g.constant(" + number(node.attributes.number) + type + ')';
      case OpKind::extent:
        return "g.extent(" + shape(node.attributes.shape) + type + ')';
      case OpKind::setting:
        return "g.setting(" + name + ", " + number(node.attributes.number) + type + ')';
      default:
        break;
    }
    std::string operands;
    for (const NodeId input : from_.inputs_of(id)) {
      operands += (operands.empty() ? "" : ", ") + use(input);
    }
    Fields fields;
    const Attributes& attributes = node.attributes;
    std::size_t used = attributes.integers.size();
    while (used > 0 && attributes.integers[used - 1] == 0) --used;
    if (used > 0)
      fields.text("integers",
                  list({attributes.integers.begin(),
                        attributes.integers.begin() + static_cast<std::ptrdiff_t>(used)}));
    if (attributes.number != 0) fields.text("number", number(attributes.number));
    if (attributes.shape.rank > 0) fields.text("shape", shape(attributes.shape));
    return "g.append(fg::" + std::string(node.op->name) + "_op, " +
           (operands.empty() ? "std::initializer_list<fg::Tensor>{}" : '{' + operands + '}') +
           ", " + fields.braces() + ", fg::Location::current())";
  }

  [[nodiscard]] std::string variable(NodeId id) {
    const Node& node = from_.node(id);
    const Variable& variable = from_.variables[static_cast<std::size_t>(from_.variable_index(id))];
    (variable.trainable ? has_parameters_ : has_states_) = true;
    std::string text = variable.trainable ? "parameter(" : "state(";
    text += quoted(from_.text(node.name)) + ", " + shape(node.shape);
    const std::string start = initializer(variable.initializer);
    if (start != "fg::zeros()" || node.dtype != f32) text += ", " + start;
    if (node.dtype != f32) text += ", " + dtype(node.dtype);
    return text + ')';
  }

  void write_update() {
    const Update& update = from_.updates[updates_written()];
    const NodeId variable = from_.variables[static_cast<std::size_t>(update.variable)].node;
    lines_.push_back(
        {no_node,
         {},
         "fg::update(g, g.variable_index(" + use(variable) + ".id), " + use(update.value) + ");",
         {}});
  }
  [[nodiscard]] std::size_t updates_written() { return copy_.graph().updates.size() - 1; }

  /// Returns the name of a node that an expression reads.
  [[nodiscard]] const std::string& use(NodeId id) {
    ++uses_[static_cast<std::size_t>(id)];
    return name_[static_cast<std::size_t>(id)];
  }

  /// Returns a new name for a result of `function` in the scope of a node: layer and function, or
  /// the node's own name.
  [[nodiscard]] std::string name_for(NodeId id, const std::string& function) {
    const Node& node = from_.node(id);
    std::string wanted(from_.text(node.name));
    if (wanted.empty()) {
      wanted = function;
      const std::string_view layer = from_.text(from_.scope_at(node.scope).name);
      if (node.scope != 0 && identifier(layer) != identifier(function))
        wanted = std::string(layer) + '_' + function;
    }
    return names_.unique(identifier(wanted));
  }

  /// Begins the scope of a node, unless it is the present one. Variables are named elsewhere.
  void enter_scope(NodeId id) {
    const Node& node = from_.node(id);
    if (node.op->kind == OpKind::variable || node.scope == scope_) return;
    scope_ = node.scope;
    std::string path;
    for (std::int32_t at = scope_; at > 0; at = from_.scope_at(at).parent)
      path = quoted(from_.text(from_.scope_at(at).name)) + (path.empty() ? "" : ", ") + path;
    const std::string guard = names_.unique("in_" + (path.empty() ? "model" : identifier(path)));
    lines_.push_back({no_node, "\n", "const auto " + guard + " = layer({" + path + "});", {}});
    has_layers_ = true;
  }

  void write_return() {
    std::string text = "return fg::Model{";
    if (from_.loss != no_node) text += ".loss = " + use(from_.loss) + ", ";
    text += ".outputs = {";
    for (std::size_t i = 0; i < from_.outputs.size(); ++i)
      text += std::string(i == 0 ? "" : ", ") + '{' + quoted(output_names_[i]) + ", " +
              use(from_.outputs[i]) + '}';
    lines_.push_back({no_node, "\n", text + "}};", {}});
  }

  [[nodiscard]] std::string header() const {
    const std::string& name = options_.name;
    std::string text = "#pragma once\n\n// Made";
    if (!options_.origin.empty()) text += " from " + one_line(options_.origin);
    text += " by foregraph " FOREGRAPH_VERSION
            ". An ordinary model function, which plans in the compiler:\n"
            "//\n"
            "//     static_assert(fg::peak_memory<" +
            name +
            ">(fg::optim::adam(), 32) < fg::Bytes{1 << 30});\n"
            "//     fg::Trainer<" +
            name + "> trainer{fg::optim::adam(1e-3)};\n";
    const std::string weights = options_.weights.empty() ? "weights.safetensors" : options_.weights;
    text += "//     fg::load_weights(trainer, " + quoted(one_line(weights)) +
            ");\n\n"
            "#include <foregraph/foregraph.hpp>\n"
            "#include <initializer_list>\n"
            "#include <limits>\n"
            "#include <string_view>\n\n"
            "namespace fg = foregraph;\n\n";
    return text;
  }

  [[nodiscard]] std::string body() const {
    std::string text = "constexpr fg::Model " + options_.name + "(fg::Graph& g) {\n" + helpers();
    for (const Line& line : lines_) {
      std::string statement = "  " + line.text;
      if (line.result != no_node) {
        const auto result = static_cast<std::size_t>(line.result);
        statement = uses_[result] > 0
                        ? "  const fg::Tensor " + name_[result] + " = " + line.text + ';'
                        : "  static_cast<void>(" + line.text + ");";
      }
      const auto indented = [](const std::string& lines) {
        return lines.empty() || lines == "\n" ? lines : "  " + lines;
      };
      text += indented(line.before) + wrapped(statement, 6) + '\n' + indented(line.after);
    }
    return text + "}\n";
  }

  /// Returns the functions that make variables, whose names have no scope before them, and scopes.
  [[nodiscard]] std::string helpers() const {
    std::string text;
    if (has_parameters_ || has_states_ || has_layers_)
      text += "  const std::int32_t top = g.current_scope();\n";
    const auto variables = [&](const std::string& kind, const std::string& owner) {
      text +=
          "  const auto " + kind + " =\n" +
          "      [&](std::string_view name, fg::Shape shape, fg::Initializer start = fg::zeros(),\n"
          "          fg::DType dtype = fg::f32, fg::Location at = fg::Location::current()) {\n"
          "        const auto scope = g.scope_number(top);\n"
          "        return g." +
          kind + "(name, shape, start, dtype, " + owner + "at);\n      };\n";
    };
    if (has_parameters_) variables("parameter", "");
    if (has_states_) variables("state", "-1, ");
    if (has_layers_)
      text +=
          "  // Names the nodes after it, until the next one.\n"
          "  const auto layer = [&](std::initializer_list<std::string_view> path) {\n"
          "    std::int32_t scope = top;\n"
          "    for (const std::string_view name : path) {\n"
          "      const auto outer = g.scope_number(scope);\n"
          "      const auto inner = g.scope(name);\n"
          "      scope = g.current_scope();\n"
          "    }\n"
          "    return g.scope_number(scope);\n"
          "  };\n";
    return text.empty() ? text : text + '\n';
  }

  /// Returns text for a comment: without line ends, and without a backslash at the end of a line.
  [[nodiscard]] static std::string one_line(std::string text) {
    for (char& c : text)
      if (static_cast<unsigned char>(c) < ' ' || c == '\\') c = ' ';
    return text;
  }

  const CppOptions& options_;
  Graph from_;
  Copy copy_;
  Names names_;
  std::vector<std::string> name_;  ///< of each node
  std::vector<int> uses_;          ///< of each node, in the text
  std::vector<std::string> output_names_;
  std::vector<Line> lines_;
  std::int32_t scope_ = 0;
  bool has_parameters_ = false;
  bool has_states_ = false;
  bool has_layers_ = false;
};

}  // namespace cpp

std::string cpp_name(const std::string& text) {
  return cpp::identifier(text);
}

std::string to_cpp(const Graph& graph, const Model& model, const CppOptions& options) {
  const bool has_letters = std::all_of(options.name.begin(), options.name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  const char first = options.name.empty() ? '0' : options.name.front();
  if (!has_letters || (first >= '0' && first <= '9') || cpp::is_keyword(options.name))
    throw UsageError("the name of the model function is " + in_quotes(options.name) +
                     ", expected an identifier of C++: letters, digits and _, no keyword");
  return cpp::Writer(graph, model, options).text();
}

}  // namespace foregraph::onnx
