#include <algorithm>
#include <array>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/onnx/export/exporter.hpp>

namespace foregraph::onnx {
namespace exported_variables {

/// Returns the elements of a variable in the order of the file.
std::span<const std::byte> arranged(std::span<const std::byte> elements, std::size_t element_bytes,
                                    const Arrangement& arrangement,
                                    std::vector<std::byte>& scratch) {
  if (arrangement.is_plain()) return elements;
  scratch.resize(elements.size());
  std::array<std::int64_t, 4096> places{};
  const std::size_t count = elements.size() / element_bytes;
  for (std::size_t first = 0; first < count; first += places.size()) {
    const std::size_t now = std::min(places.size(), count - first);
    arrangement.indices(static_cast<std::int64_t>(first), std::span(places).first(now));
    for (std::size_t i = 0; i < now; ++i)
      std::memcpy(scratch.data() + (first + i) * element_bytes,
                  elements.data() + static_cast<std::size_t>(places[i]) * element_bytes,
                  element_bytes);
  }
  return scratch;
}

Arrangement plain_arrangement(const Shape& shape) {
  Arrangement arrangement;
  for (int i = 0; i < shape.rank; ++i) {
    arrangement.view.push_back(shape[i].constant);
    arrangement.axes.push_back(i);
  }
  return arrangement;
}

}  // namespace exported_variables

void Exporter::add_variable(std::string name, std::size_t index, std::vector<std::int64_t> dims,
                            const Arrangement& arrangement) {
  const DType dtype = graph().node(graph().variables[index].node).dtype;
  WrittenTensor tensor{std::move(name), dtype, std::move(dims), {}};
  const auto bytes = static_cast<std::size_t>(bytes_per_element(dtype));
  tensor.elements = [values = source_.variable, index, bytes, arrangement,
                     size = tensor.size_bytes(),
                     name = tensor.name](std::vector<std::byte>& scratch) {
    const std::span<const std::byte> elements = values(index);
    if (static_cast<std::int64_t>(elements.size()) != size)
      throw UsageError("the values of variable '" + name + "' have " +
                       std::to_string(elements.size()) + " bytes; expected " +
                       std::to_string(size));
    return exported_variables::arranged(elements, bytes, arrangement, scratch);
  };
  model_.initializers.push_back(std::move(tensor));
}

void Exporter::write_variable() {
  const auto index = static_cast<std::size_t>(graph().variable_index(id_));
  const std::string name = full_name(graph(), id_);
  const Shape& shape = node().shape;
  const auto imported =
      std::find_if(source_.imported.begin(), source_.imported.end(),
                   [&](const ImportedVariable& each) { return each.name == name; });
  const auto sizes_fit = [&] {
    std::int64_t elements = 1;
    for (const std::int64_t size : imported->dims) elements *= size;
    return elements == shape.elements().constant && imported->dtype == node().dtype;
  };
  if (imported == source_.imported.end() || !sizes_fit()) {
    const Arrangement plain = exported_variables::plain_arrangement(shape);
    add_variable(name, index, plain.view, plain);
    plain_variables_[name] = index;
    return give(name);
  }
  const Arrangement& arrangement = imported->arrangement;
  add_variable(name, index, imported->dims, arrangement);
  const auto rank = static_cast<int>(arrangement.view.size());
  if (rank > Shape::max_rank) refuse("its variable had more than 6 axes in the file");
  WrittenValue value;
  const Shape stored(arrangement.view);
  value.name = imported->dims == arrangement.view ? name : reshape(name, stored);
  value.order.rank = rank;
  for (int i = 0; i < rank; ++i) {
    const int axis = arrangement.axes[static_cast<std::size_t>(i)];
    value.order.axes[static_cast<std::size_t>(i)] = axis;
    value.view.push_back(stored[axis]);
  }
  if (value.view != shape) {
    value.is_joined = true;
    value.initializer = name;
    value.variable = &*imported;
  }
  give(std::move(value));
}

/// Writes a variable that is only used transposed in that order, instead of the Transpose.
void Exporter::fold_transposes_of_variables() {
  std::map<std::string, std::vector<const WrittenNode*>> readers;
  for (const WrittenNode& node : model_.nodes)
    for (const std::string& input : node.inputs)
      if (plain_variables_.contains(input)) readers[input].push_back(&node);
  std::map<std::string, std::string> renamed;  // results of transposes to variables
  const auto axes_of = [](const WrittenNode& node) {
    return std::get<std::vector<std::int64_t>>(node.attributes.front().value);
  };
  for (const auto& [name, nodes] : readers) {
    const bool all_alike = std::all_of(nodes.begin(), nodes.end(), [&](const WrittenNode* each) {
      return each->op_type == "Transpose" && axes_of(*each) == axes_of(*nodes.front()) &&
             std::none_of(
                 model_.outputs.begin(), model_.outputs.end(),
                 [&](const FileValue& output) { return output.name == each->outputs.front(); });
    });
    if (!all_alike) continue;
    const std::vector<std::int64_t> axes = axes_of(*nodes.front());
    const std::size_t index = plain_variables_.at(name);
    const Shape& shape = graph().node(graph().variables[index].node).shape;
    Arrangement arrangement;
    arrangement.axes.resize(axes.size());
    for (std::size_t i = 0; i < axes.size(); ++i) {
      arrangement.view.push_back(shape[static_cast<int>(axes[i])].constant);
      arrangement.axes[static_cast<std::size_t>(axes[i])] = static_cast<int>(i);
    }
    std::erase_if(model_.initializers,
                  [&](const WrittenTensor& each) { return each.name == name; });
    add_variable(name, index, arrangement.view, arrangement);
    for (const WrittenNode* node : nodes) renamed[node->outputs.front()] = name;
  }
  std::erase_if(model_.nodes, [&](const WrittenNode& node) {
    return node.op_type == "Transpose" && renamed.contains(node.outputs.front());
  });
  for (WrittenNode& node : model_.nodes)
    for (std::string& input : node.inputs)
      if (const auto found = renamed.find(input); found != renamed.end()) input = found->second;
}

}  // namespace foregraph::onnx
