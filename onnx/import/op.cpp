#include <algorithm>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/onnx/import/op.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>

namespace foregraph::onnx {

int from_front(std::int64_t axis, int rank) {
  const std::int64_t from = axis < 0 ? axis + rank : axis;
  if (from < 0 || from >= rank)
    throw DataError("axis " + std::to_string(axis) + " does not exist, expected -" +
                    std::to_string(rank) + " to " + std::to_string(rank - 1));
  return static_cast<int>(from);
}

Tensor Op::placed(Constant constant, const std::string& purpose) const {
  Known known;
  known.shape = constant.shape;
  known.dtype = constant.dtype;
  known.trainable = false;
  known.name = node_.outputs.front() + '/' + purpose;
  constant.compress();
  known.constant = std::make_shared<const Constant>(std::move(constant));
  return importer_.placed(known);
}

Tensor Op::weight(int i, const std::vector<int>& axes, const std::vector<std::int64_t>& view,
                  const Shape& shape) const {
  Known& value = known(i);
  // Ones and zeros that are written down stand for "no factor" and "no shift".
  const bool is_neutral = value.is_literal && value.constant->is_uniform();
  if (!is_neutral && value.tensor.graph == nullptr &&
      (value.parameter != nullptr || value.constant != nullptr))
    return importer_.make_variable(value, {view, axes}, shape);
  const Tensor plain = importer_.plain(value);
  if (std::is_sorted(axes.begin(), axes.end()))
    return plain.shape() == shape ? plain : reshape(plain, shape);
  const Tensor viewed = reshape(plain, Shape(view));
  return reshape(permute(viewed, axes), shape);
}

Tensor Op::weight(int i, const std::vector<int>& axes) const {
  std::vector<std::int64_t> view;
  for (int axis = 0; axis < rank(i); ++axis) view.push_back(dim(i, axis));
  Shape shape;
  for (const int axis : axes) shape.push_back(view.at(index(axis)));
  return weight(i, axes, view, shape);
}

Tensor Op::weight(int i) const {
  std::vector<int> axes;
  for (int axis = 0; axis < rank(i); ++axis) axes.push_back(axis);
  return weight(i, axes);
}

namespace {

/// The shape that operands broadcast to, by NumPy's rules; ops check them once more.
Shape broadcast_shape(const std::vector<Shape>& shapes) {
  Shape result;
  for (const Shape& shape : shapes) result.rank = std::max(result.rank, shape.rank);
  if (result.rank > Shape::max_rank) unsupported("more than 6 axes");
  for (int i = 1; i <= result.rank; ++i) {
    Dim dim{1};
    for (const Shape& shape : shapes)
      if (i <= shape.rank && !shape[-i].is_one()) dim = shape[-i];
    result.set(result.rank - i, dim);
  }
  return result;
}

}  // namespace

std::vector<Tensor> Op::elementwise(int first, int last, Order& order) const {
  std::vector<Shape> shapes;
  std::vector<Shape> of_data;
  for (int i = first; i < last; ++i) {
    shapes.push_back(shape(i));
    const std::shared_ptr<const Constant> elements =
        known(i).parameter == nullptr ? importer_.constant(known(i)) : nullptr;
    if (!elements || !elements->is_uniform()) of_data.push_back(shape(i));
  }
  const Shape result = broadcast_shape(shapes);
  const bool scalars_will_do = !of_data.empty() && broadcast_shape(of_data) == result;
  // The order of the first operand that has all axes.
  order = Order::plain(result.rank);
  for (int i = first; i < last; ++i)
    if (rank(i) == result.rank && known(i).parameter == nullptr &&
        !(importer_.constant(known(i)) && scalars_will_do)) {
      order = this->order(i);
      if (!order.is_plain()) break;
    }
  std::vector<Tensor> operands;
  for (int i = first; i < last; ++i) {
    Known& value = known(i);
    const std::shared_ptr<const Constant> elements =
        value.parameter == nullptr ? importer_.constant(value) : nullptr;
    if (elements && elements->is_uniform() && scalars_will_do &&
        elements->elements.front().is_number()) {
      operands.push_back(graph().constant(elements->elements.front().constant, value.dtype));
      continue;
    }
    if (value.shape.rank == result.rank) {
      operands.push_back(importer_.in_order(value, order));
      continue;
    }
    // Fewer axes: with leading ones in the file's order, then as the others are.
    Shape extended;
    for (int axis = value.shape.rank; axis < result.rank; ++axis) extended.push_back(1);
    for (int axis = 0; axis < value.shape.rank; ++axis) extended.push_back(value.shape[axis]);
    const Tensor plain = importer_.plain(value);
    if (order.is_plain() || value.shape.rank == 0) {
      operands.push_back(plain);
      continue;
    }
    std::vector<int> axes(order.axes.begin(), order.axes.begin() + order.rank);
    const Tensor moved = permute(reshape(plain, extended), axes);
    operands.push_back(moved);
  }
  return operands;
}

const Constant& Op::constant(int i) const {
  if (const std::shared_ptr<const Constant> elements = importer_.constant(known(i)))
    return *elements;
  // A tensor of the file that is a parameter elsewhere is a number here, such as the value of a
  // pad.
  if (const Constant* const stored = importer_.stored_elements(known(i))) {
    importer_.note(
        "tensor " + in_quotes(known(i).name) +
        " is trained where it is data; where it is a setting of an op it stays as it is");
    return *stored;
  }
  unsupported("operand " + std::to_string(i) + " depends on the data");
}

double Op::number(int i) const {
  const Constant& elements = constant(i);
  if (elements.elements.empty()) throw DataError("operand " + std::to_string(i) + " is empty");
  if (!elements.at(0).is_number()) unsupported("a number that depends on the batch");
  return elements.at(0).constant;
}

std::vector<double> Op::numbers(int i) const {
  const Constant& elements = constant(i);
  std::vector<double> result;
  const std::int64_t count = fixed_size(elements.shape.elements());
  for (std::int64_t k = 0; k < count; ++k) {
    if (!elements.at(k).is_number()) unsupported("a number that depends on the batch");
    result.push_back(elements.at(k).constant);
  }
  return result;
}

std::vector<std::int64_t> Op::integers(int i) const {
  std::vector<std::int64_t> result;
  for (const Dim& dim : sizes(i)) result.push_back(fixed_size(dim));
  return result;
}

std::vector<Dim> Op::sizes(int i) const {
  const Constant& elements = constant(i);
  std::vector<Dim> result;
  const std::int64_t count = fixed_size(elements.shape.elements());
  for (std::int64_t k = 0; k < count; ++k) result.push_back(dim_of(elements.at(k)));
  return result;
}

const Attribute& Op::attribute(std::string_view name) const {
  const auto found = node_.attributes.find(name);
  if (found == node_.attributes.end())
    throw DataError("attribute " + in_quotes(name) + " is missing");
  if (found->second.refers_to_function) unsupported("attributes that are a function's arguments");
  return found->second;
}
Constant Op::tensor(std::string_view name) const {
  const FileTensor* const stored = attribute(name).tensor.get();
  if (stored == nullptr) throw DataError("attribute " + in_quotes(name) + " is no tensor");
  return read_constant(importer_.file(), *stored);
}
std::int64_t Op::integer(std::string_view name, std::int64_t otherwise) const {
  return has(name) ? attribute(name).integer : otherwise;
}
double Op::number(std::string_view name, double otherwise) const {
  return has(name) ? static_cast<double>(attribute(name).number) : otherwise;
}
std::string Op::text(std::string_view name, std::string_view otherwise) const {
  return has(name) ? attribute(name).text : std::string(otherwise);
}
std::vector<std::int64_t> Op::integers(std::string_view name,
                                       std::vector<std::int64_t> otherwise) const {
  return has(name) ? attribute(name).integers : std::move(otherwise);
}
std::vector<std::int64_t> Op::integers(std::string_view name, int i) const {
  return has(i) ? integers(i) : integers(name);
}

void Op::give(Tensor tensor, const Order& order) {
  Known known;
  known.tensor = tensor;
  known.dtype = tensor.dtype();
  known.order = order;
  // Back from the order of the graph to that of the file.
  known.shape = tensor.shape();
  for (int i = 0; i < order.rank; ++i) known.shape.set(order.axes[index(i)], tensor.shape()[i]);
  give(std::move(known));
}
void Op::give(Constant constant) {
  Known known;
  known.shape = constant.shape;
  known.dtype = constant.dtype;
  constant.compress();
  known.constant = std::make_shared<const Constant>(std::move(constant));
  give(std::move(known));
}
void Op::give(Known known) {
  if (given_ < outputs() && !node_.outputs[index(given_)].empty()) {
    const std::string& name = node_.outputs[index(given_)];
    known.name = name;
    importer_.set(name, std::move(known));
  }
  ++given_;
}

}  // namespace foregraph::onnx
