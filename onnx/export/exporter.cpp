#include <algorithm>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/onnx/export/exporter.hpp>
#include <foregraph/detail/onnx/export/rules.hpp>

namespace foregraph::onnx {

namespace {
/// "batch", "2 * batch + 1".
std::string exported_name(Dim dim) {
  std::string name = "batch";
  if (dim.per_sample != 1) name = std::to_string(dim.per_sample) + " * " + name;
  if (dim.constant != 0) name += " + " + std::to_string(dim.constant);
  return name;
}
}  // namespace

void refuse(std::string reason) {
  throw NotExportable{std::move(reason)};
}

Exporter::Exporter(const ExportSource& source)
    : source_(source), values_(static_cast<std::size_t>(graph().size())) {
  count_uses();
  const auto needs = [&](NodeId id) { return is_needed_[static_cast<std::size_t>(id)]; };
  for (const NodeId id : graph().inputs)
    if (needs(id)) taken_.emplace(graph().text(graph().node(id).name));
  for (const Variable& variable : graph().variables)
    if (needs(variable.node)) taken_.insert(full_name(graph(), variable.node));
  taken_.insert(source.output_names.begin(), source.output_names.end());
  model_.opset = source.opset;
}

void Exporter::count_uses() {
  const auto size = static_cast<std::size_t>(graph().size());
  uses_.assign(size, 0);
  is_needed_.assign(size, false);
  for (const NodeId id : graph().outputs) {
    is_needed_[static_cast<std::size_t>(id)] = true;
    ++uses_[static_cast<std::size_t>(id)];
  }
  for (NodeId id = graph().size(); id-- > 0;) {
    if (!is_needed_[static_cast<std::size_t>(id)]) continue;
    for (const NodeId operand : graph().inputs_of(id)) {
      is_needed_[static_cast<std::size_t>(operand)] = true;
      ++uses_[static_cast<std::size_t>(operand)];
    }
  }
}

WrittenModel Exporter::run(std::vector<Refusal>& refusals) {
  for (id_ = 0; id_ < graph().size(); ++id_) {
    if (!is_needed_[static_cast<std::size_t>(id_)]) continue;
    try {
      write_node();
    } catch (const NotExportable& why) {
      const std::string op(node().op->name);
      const std::string name = scope_path(graph(), node().scope) + op + "_" + std::to_string(id_);
      const auto known = std::find_if(refusals.begin(), refusals.end(), [&](const Refusal& each) {
        return each.op == op && each.reason == why.reason;
      });
      if (known != refusals.end())
        known->nodes.push_back(name);
      else
        refusals.push_back({op, why.reason, {name}});
      give("refused");  // the nodes behind it may be refused as well
    }
  }
  if (!refusals.empty()) return {};
  for (const NodeId id : graph().inputs)
    if (is_needed_[static_cast<std::size_t>(id)])
      model_.inputs.push_back(file_value(std::string(graph().text(graph().node(id).name)), id));
  name_outputs();
  drop_unused();
  fold_transposes_of_variables();
  return std::move(model_);
}

void Exporter::write_node() {
  switch (node().op->kind) {
    case OpKind::input:
    case OpKind::variable:
    case OpKind::constant:
    case OpKind::setting:
    case OpKind::extent:
      return write_leaf();
    default:
      break;
  }
  const ExportRule* rule = find_export_rule(node().op->name);
  if (rule == nullptr) refuse(reason_without_export_rule(node().op->name));
  (*rule)(*this);
}

void Exporter::write_leaf() {
  switch (node().op->kind) {
    case OpKind::input:
      return give(std::string(graph().text(node().name)));
    case OpKind::variable:
      return write_variable();
    case OpKind::setting: {
      const auto index = static_cast<std::size_t>(attribute(0));
      const bool is_given = index < source_.settings.size();
      return give(
          number(is_given ? source_.settings[index] : node().attributes.number, node().dtype));
    }
    case OpKind::extent: {
      const Dim elements = node().attributes.shape.elements();
      if (elements.is_constant())
        return give(number(static_cast<double>(elements.constant), node().dtype));
      return give(cast(reshape(sizes({&elements, 1}), {}), node().dtype));
    }
    default:
      return give(number(node().attributes.number, node().dtype));
  }
}

std::optional<double> Exporter::number_of(NodeId id) const {
  const Node& node = graph().node(without_broadcast(id));
  if (node.op->kind != OpKind::constant) return std::nullopt;
  return node.attributes.number;
}

std::string Exporter::unique(const std::string& wanted) {
  if (taken_.insert(wanted).second) return wanted;
  int& next = next_number_[wanted];
  for (;;) {
    std::string name = wanted + "_" + std::to_string(++next);
    if (taken_.insert(name).second) return name;
  }
}

Names Exporter::emit(std::string op_type, Names inputs, WrittenAttributes attributes, int results) {
  WrittenNode written;
  written.name = unique("/" + scope_path(graph(), node().scope) + op_type);
  written.op_type = std::move(op_type);
  written.inputs = std::move(inputs);
  written.attributes = std::move(attributes);
  for (int i = 0; i < results; ++i)
    written.outputs.push_back(unique(written.name + "_output_" + std::to_string(i)));
  model_.nodes.push_back(std::move(written));
  return model_.nodes.back().outputs;
}
std::string Exporter::emit(std::string op_type, Names inputs, WrittenAttributes attributes) {
  return emit(std::move(op_type), std::move(inputs), std::move(attributes), 1).front();
}

void Exporter::give(std::string name, const Order& order) {
  WrittenValue value;
  value.name = std::move(name);
  value.order = order;
  give(std::move(value));
}

FileValue Exporter::file_value(const std::string& name, NodeId id) const {
  FileValue value;
  value.name = name;
  value.type = element_type_of(graph().node(id).dtype);
  value.has_shape = true;
  const Shape& shape = graph().node(id).shape;
  for (int i = 0; i < shape.rank; ++i) {
    FileDim dim;
    if (shape[i].is_constant())
      dim.size = shape[i].constant;
    else
      dim.name = exported_name(shape[i]);
    value.dims.push_back(std::move(dim));
  }
  return value;
}

void Exporter::name_outputs() {
  std::map<std::string, std::string> renamed;
  for (std::size_t i = 0; i < graph().outputs.size(); ++i) {
    id_ = graph().outputs.data()[i];
    const std::string value = plain(id_);
    const std::string& wanted = source_.output_names[i];
    // The name may be an input's or a variable's, which a result cannot have.
    const auto is_leaf = [&](std::span<const FileValue> inputs) {
      return std::any_of(inputs.begin(), inputs.end(),
                         [&](const FileValue& each) { return each.name == wanted; });
    };
    const bool is_taken =
        is_leaf(model_.inputs) ||
        std::any_of(model_.initializers.begin(), model_.initializers.end(),
                    [&](const WrittenTensor& each) { return each.name == wanted; });
    const std::string name = is_taken ? unique(wanted) : wanted;
    const bool is_made =
        std::any_of(model_.nodes.begin(), model_.nodes.end(), [&](const auto& each) {
          return std::find(each.outputs.begin(), each.outputs.end(), value) != each.outputs.end();
        });
    if (is_made && renamed.emplace(value, name).second) {
      model_.outputs.push_back(file_value(name, id_));
      continue;
    }
    emit("Identity", {value});
    model_.nodes.back().outputs = {name};
    model_.outputs.push_back(file_value(name, id_));
  }
  for (WrittenNode& node : model_.nodes)
    for (Names* names : {&node.inputs, &node.outputs})
      for (std::string& name : *names)
        if (const auto found = renamed.find(name); found != renamed.end()) name = found->second;
}

void Exporter::drop_unused() {
  std::set<std::string> read;
  for (const FileValue& output : model_.outputs) read.insert(output.name);
  std::vector<WrittenNode> kept;
  for (std::size_t i = model_.nodes.size(); i-- > 0;) {
    WrittenNode& node = model_.nodes[i];
    if (std::none_of(node.outputs.begin(), node.outputs.end(),
                     [&](const std::string& name) { return read.contains(name); }))
      continue;
    read.insert(node.inputs.begin(), node.inputs.end());
    kept.push_back(std::move(node));
  }
  std::reverse(kept.begin(), kept.end());
  model_.nodes = std::move(kept);
  std::erase_if(model_.initializers,
                [&](const WrittenTensor& tensor) { return !read.contains(tensor.name); });
}

}  // namespace foregraph::onnx
