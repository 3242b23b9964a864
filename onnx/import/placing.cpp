// How values of the file enter the graph, and in which order their axes lie there.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/onnx/import/importer.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/shape/iota.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>

namespace foregraph::onnx {
namespace {

Arrangement arranged(const Shape& shape, const Order& order) {
  Arrangement arrangement;
  for (int i = 0; i < shape.rank; ++i) {
    arrangement.view.push_back(shape[i].constant);
    arrangement.axes.push_back(order.axes[static_cast<std::size_t>(i)]);
  }
  return arrangement;
}

/// Axis i of the result is axis axes[i] of x; nothing is appended if that is its place already.
Tensor reordered(Tensor x, const std::vector<int>& axes) {
  return std::is_sorted(axes.begin(), axes.end()) ? x : permute(x, axes);
}

std::vector<int> inverse(const std::vector<int>& axes) {
  std::vector<int> result(axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i)
    result[static_cast<std::size_t>(axes[i])] = static_cast<int>(i);
  return result;
}

/// Undoes the joining of axes of an image that was flattened with its channels last.
Tensor with_axes_of_file(const Known& known) {
  Shape split = known.tensor.shape();
  const int lead = --split.rank;
  Shape whole = split;
  for (const int axis : known.joined)
    whole.push_back(known.joined_sizes[static_cast<std::size_t>(axis)]);
  std::vector<int> axes;
  for (int i = 0; i < lead; ++i) axes.push_back(i);
  for (const int axis : inverse(known.joined)) axes.push_back(lead + axis);
  const Tensor image = reordered(reshape(known.tensor, whole), axes);
  return reshape(image, known.tensor.shape());
}

/// A constant of whole numbers first, first + step, ... along its only axis.
bool is_progression(const Constant& constant) {
  if (constant.shape.rank != 1 || constant.elements.size() < 3 || is_floating(constant.dtype) ||
      constant.dtype == DType::boolean)
    return false;
  const double step = constant.elements[1].constant - constant.elements[0].constant;
  for (std::size_t i = 0; i < constant.elements.size(); ++i) {
    const Element& each = constant.elements[i];
    if (!each.is_number() ||
        each.constant != constant.elements[0].constant + step * static_cast<double>(i))
      return false;
  }
  return true;
}

Tensor of_element(Graph& graph, const Element& element, DType dtype) {
  if (element.is_number()) return graph.constant(element.constant, dtype);
  const Dim dim = dim_of(element);
  if (dim.constant < 0 || dim.per_sample < 0) unsupported("a number that falls with the batch");
  const Tensor size = graph.extent({dim}, is_floating(dtype) ? dtype : DType::i64);
  return size.dtype() == dtype ? size : cast(size, dtype);
}

}  // namespace

std::shared_ptr<const Constant> Importer::constant(Known& known) {
  if (known.constant != nullptr || known.parameter == nullptr || !known.has_values)
    return known.constant;
  // Numbers of a parameter that is in the graph may change in training.
  if (known.tensor.graph != nullptr && known.trainable && is_floating(known.dtype)) return nullptr;
  static_cast<void>(stored_elements(known));
  return known.stored;
}

const Constant* Importer::stored_elements(Known& known) {
  if (known.parameter == nullptr || !known.has_values) return nullptr;
  if (known.stored == nullptr)
    known.stored = std::make_shared<const Constant>(read_constant(*model_, *known.parameter));
  return known.stored.get();
}

Initializer Importer::initializer_of(const Known& known, const Arrangement& arrangement) {
  if (known.constant != nullptr && known.constant->is_uniform())
    return filled_with(known.constant->elements.front().constant);
  if (known.constant != nullptr) return given_values(values_->add(*known.constant, arrangement));
  if (known.has_values) return given_values(values_->add(*known.parameter, arrangement));
  // A file of an architecture says nothing about values: as PyTorch and most papers begin.
  const auto ends_with = [&](std::string_view end) {
    return std::string_view(known.name).ends_with(end);
  };
  if (known.shape.rank < 2)
    return ends_with("weight") || ends_with("gamma") || ends_with("var") || ends_with("scale")
               ? filled_with(1)
               : zeros();
  const auto seed = static_cast<std::uint64_t>(graph().variables.size());
  double fan_in = 1;
  for (int i = 1; i < known.shape.rank; ++i) fan_in *= static_cast<double>(known.shape[i].constant);
  return normal(known.shape.rank == 2 ? std::sqrt(1 / fan_in) : std::sqrt(2 / fan_in), seed);
}

Tensor Importer::make_variable(Known& known, const Arrangement& arrangement, const Shape& shape) {
  const Initializer initializer = initializer_of(known, arrangement);
  const auto scope = graph().root_scope();
  ImportedVariable variable;
  variable.name = known.name;
  for (int i = 0; i < known.shape.rank; ++i) variable.dims.push_back(fixed_size(known.shape[i]));
  variable.dtype = known.dtype;
  variable.arrangement = arrangement;
  variable.trainable = known.trainable && is_floating(known.dtype);
  variable.has_values = known.has_values;
  const Tensor tensor = variable.trainable
                            ? graph().parameter(known.name, shape, initializer, known.dtype)
                            : graph().state(known.name, shape, initializer, known.dtype);
  known.tensor = tensor;
  variable.index = graph().variable_index(tensor.id);
  result_.variables.push_back(std::move(variable));

  // Whoever else reads it may need the axes of the file: plain() then puts them in order.
  Shape stored;
  for (const int axis : arrangement.axes)
    stored.push_back(arrangement.view[static_cast<std::size_t>(axis)]);
  known.order = Order::plain(known.shape.rank);
  if (stored == shape && shape.rank == known.shape.rank) {
    for (int i = 0; i < shape.rank; ++i)
      known.order.axes[static_cast<std::size_t>(i)] = arrangement.axes[static_cast<std::size_t>(i)];
  } else if (arrangement.is_plain()) {
    known.tensor = reshape(tensor, known.shape);
  } else {
    known.arrangement = arrangement;
  }
  known.constant.reset();
  return tensor;
}

/// Undoes an arrangement.
Tensor with_axes_of_file(const Arrangement& arrangement, Tensor variable, const Shape& shape) {
  Shape stored;
  for (const int axis : arrangement.axes)
    stored.push_back(arrangement.view[static_cast<std::size_t>(axis)]);
  return reshape(reordered(reshape(variable, stored), inverse(arrangement.axes)), shape);
}

Tensor Importer::placed(Known& known) {
  if (!known.arrangement.axes.empty()) return plain(known);
  if (known.tensor.graph != nullptr) return known.tensor;
  const Order order = Order::plain(known.shape.rank);
  if (known.parameter != nullptr)
    return make_variable(known, arranged(known.shape, order), known.shape);
  const Constant& constant = *known.constant;
  known.order = order;
  if (constant.is_uniform()) {
    const Tensor scalar = of_element(graph(), constant.elements.front(), known.dtype);
    known.tensor = known.shape.rank == 0 ? scalar : broadcast_to(scalar, known.shape);
  } else if (constant.elements.empty()) {
    unsupported("a tensor without elements");
  } else if (is_progression(constant)) {
    const double first = constant.elements[0].constant;
    const double step = constant.elements[1].constant - first;
    Tensor numbers = iota(graph(), constant.shape[0], known.dtype);
    if (step != 1) numbers = multiply(numbers, step);
    known.tensor = first == 0 ? numbers : add(numbers, first);
  } else {
    for (const Element& each : constant.elements)
      if (!each.is_number()) unsupported("a list of sizes that depend on the batch, as data");
    // A variable that is not trained. The constant stays known: it may be a shape as well.
    const std::shared_ptr<const Constant> kept = known.constant;
    known.trainable = false;
    make_variable(known, arranged(known.shape, order), known.shape);
    known.constant = kept;
    placed_constants_[known.tensor.id] = kept;
  }
  return known.tensor;
}

Tensor Importer::plain(Known& known) {
  if (known.plain.graph != nullptr) return known.plain;
  if (!known.arrangement.axes.empty())
    return known.plain = with_axes_of_file(known.arrangement, known.tensor, known.shape);
  static_cast<void>(placed(known));
  if (!known.joined.empty()) return known.plain = with_axes_of_file(known);
  std::vector<int> axes;
  for (int i = 0; i < known.order.rank; ++i) axes.push_back(known.order.position_of(i));
  return known.plain = reordered(known.tensor, axes);
}

Tensor Importer::in_order(Known& known, const Order& order) {
  if (known.tensor.graph == nullptr && known.parameter != nullptr)
    return make_variable(known, arranged(known.shape, order), order.shape_of(known.shape));
  const Tensor from = known.joined.empty() ? placed(known) : plain(known);
  const Order& now = known.joined.empty() ? known.order : Order::plain(known.shape.rank);
  std::vector<int> axes;
  for (int i = 0; i < order.rank; ++i)
    axes.push_back(now.position_of(order.axes[static_cast<std::size_t>(i)]));
  return reordered(from, axes);
}

}  // namespace foregraph::onnx
