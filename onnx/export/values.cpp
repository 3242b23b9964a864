#include <algorithm>
#include <cstring>
#include <foregraph/detail/onnx/export/exporter.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>

namespace foregraph::onnx {
namespace exported_values {

/// Returns the permutation of a Transpose that brings axes from one order into another.
std::vector<int> between(const Order& from, const Order& to) {
  std::vector<int> axes(static_cast<std::size_t>(from.rank));
  for (int i = 0; i < from.rank; ++i)
    axes[static_cast<std::size_t>(to.axes[static_cast<std::size_t>(i)])] =
        from.axes[static_cast<std::size_t>(i)];
  return axes;
}

/// Returns the shape of the file's value of a tensor of `shape`.
Shape stored_shape(const Shape& shape, const Order& order) {
  Shape result = shape;
  for (int i = 0; i < shape.rank; ++i)
    result.set(order.axes[static_cast<std::size_t>(i)], shape[i]);
  return result;
}

template <class T>
void append_number(double value, std::vector<std::byte>& bytes) {
  const auto as_t = static_cast<T>(value);
  bytes.resize(sizeof(T));
  std::memcpy(bytes.data(), &as_t, sizeof(T));
}

}  // namespace exported_values

const WrittenValue& Exporter::separate(NodeId id) {
  WrittenValue& value = values_[static_cast<std::size_t>(id)];
  if (!value.is_joined) return value;
  const Order order = Order::plain(value.order.rank);
  const std::string t = transpose(value.name, exported_values::between(value.order, order));
  const Shape& shape = graph().node(id).shape;
  WrittenValue separated;
  separated.name = reshape(t, shape);
  separated.order = Order::plain(shape.rank);
  value = std::move(separated);
  return value;
}

std::string Exporter::in_order(NodeId id, const Order& order) {
  const WrittenValue& value = separate(id);
  return transpose(value.name, exported_values::between(value.order, order));
}
std::string Exporter::plain(NodeId id) {
  return in_order(id, Order::plain(graph().node(id).shape.rank));
}

std::string Exporter::transpose(const std::string& x, const std::vector<int>& axes) {
  if (std::is_sorted(axes.begin(), axes.end())) return x;
  std::string& known = transposed_[{x, axes}];
  if (known.empty()) {
    const std::vector<std::int64_t> perm(axes.begin(), axes.end());
    known = emit("Transpose", {x}, {{"perm", perm}});
  }
  return known;
}

std::string Exporter::reshape(const std::string& x, const Shape& to) {
  std::vector<std::int64_t> list;
  // The elements are affine in the batch, so at most one size depends on it.
  for (int i = 0; i < to.rank; ++i) list.push_back(to[i].is_constant() ? to[i].constant : -1);
  return emit("Reshape", {x, integers(list)});
}

std::string Exporter::cast(const std::string& x, DType to) {
  return emit("Cast", {x}, {{"to", static_cast<std::int64_t>(element_type_of(to))}});
}

std::string Exporter::reduce(const std::string& op_type, const std::string& x,
                             std::vector<std::int64_t> axes, bool keep) {
  WrittenAttributes attributes{{"keepdims", std::int64_t{keep ? 1 : 0}}};
  constexpr std::int64_t first_with_operand = 18;
  if (op_type != "ReduceSum" && opset() < first_with_operand) {
    attributes.push_back({"axes", std::move(axes)});
    return emit(op_type, {x}, std::move(attributes));
  }
  return emit(op_type, {x, integers(axes)}, std::move(attributes));
}

std::string Exporter::expand(const std::string& x, const Shape& from, const Shape& to) {
  std::vector<Dim> dims;
  for (int i = 0; i < to.rank; ++i) {
    const int in_from = i - to.rank + from.rank;
    // Expand repeats in both directions, so that only what is new needs its size.
    dims.push_back(in_from >= 0 && from[in_from] == to[i] ? Dim{1} : to[i]);
  }
  return emit("Expand", {x, sizes(dims)});
}

std::string Exporter::tensor(DType dtype, std::vector<std::int64_t> dims,
                             std::vector<std::byte> elements) {
  // The dims tell elements from one another that have the same bytes.
  std::vector<std::byte> key = elements;
  key.push_back(static_cast<std::byte>(dims.size()));
  for (const std::int64_t dim : dims) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&dim);
    key.insert(key.end(), bytes, bytes + sizeof(dim));
  }
  std::string& name = constants_[{dtype, std::move(key)}];
  if (!name.empty()) return name;
  WrittenTensor written{
      {}, dtype, std::move(dims), [elements = std::move(elements)](std::vector<std::byte>&) {
        return std::span<const std::byte>(elements);
      }};
  // An initialiser is a variable for those who train a file, unless it has integers.
  if (is_floating(dtype) || dtype == boolean)
    return name = emit("Constant", {}, {{"value", std::move(written)}});
  written.name = name = unique("/constant_" + std::to_string(constants_.size()));
  model_.initializers.push_back(std::move(written));
  return name;
}

std::string Exporter::number(double value, DType dtype) {
  std::vector<std::byte> bytes;
  switch (dtype) {
    case DType::f32:
      exported_values::append_number<float>(value, bytes);
      break;
    case DType::f64:
      exported_values::append_number<double>(value, bytes);
      break;
    case DType::i32:
      exported_values::append_number<std::int32_t>(value, bytes);
      break;
    case DType::i64:
      exported_values::append_number<std::int64_t>(value, bytes);
      break;
    case DType::boolean:
      bytes.push_back(value != 0 ? std::byte{1} : std::byte{0});
      break;
  }
  return tensor(dtype, {}, std::move(bytes));
}

std::string Exporter::integers(const std::vector<std::int64_t>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  return tensor(i64, {static_cast<std::int64_t>(values.size())}, {bytes.begin(), bytes.end()});
}

std::string Exporter::batch_size() {
  if (!batch_.empty()) return batch_;
  for (const NodeId id : graph().inputs) {
    if (!is_needed_[static_cast<std::size_t>(id)]) continue;
    const Node& input = graph().node(id);
    for (int i = 0; i < input.shape.rank; ++i) {
      const Dim dim = input.shape[i];
      if (dim.is_constant()) continue;
      std::string size = emit("Shape", {std::string(graph().text(input.name))});
      size = emit("Gather", {size, integers({i})}, {{"axis", std::int64_t{0}}});
      if (dim.constant != 0) size = emit("Sub", {size, integers({dim.constant})});
      if (dim.per_sample != 1) size = emit("Div", {size, integers({dim.per_sample})});
      return batch_ = size;
    }
  }
  refuse("its shape depends on the batch size, which no input of the model has");
}

std::string Exporter::sizes(std::span<const Dim> dims) {
  std::vector<std::int64_t> key;
  bool is_constant = true;
  for (const Dim& dim : dims) {
    key.push_back(dim.constant);
    key.push_back(dim.per_sample);
    is_constant = is_constant && dim.is_constant();
  }
  std::vector<std::int64_t> list;
  if (is_constant) {
    for (const Dim& dim : dims) list.push_back(dim.constant);
    return integers(list);
  }
  if (const auto known = sizes_.find(key); known != sizes_.end()) return known->second;
  Names parts;
  const auto add_constants = [&] {
    if (!list.empty()) parts.push_back(integers(list));
    list.clear();
  };
  for (const Dim& dim : dims) {
    if (dim.is_constant()) {
      list.push_back(dim.constant);
      continue;
    }
    add_constants();
    std::string size = batch_size();
    if (dim.per_sample != 1) size = emit("Mul", {size, integers({dim.per_sample})});
    if (dim.constant != 0) size = emit("Add", {size, integers({dim.constant})});
    parts.push_back(size);
  }
  add_constants();
  std::string& result = sizes_[key];
  result = parts.size() == 1 ? parts.front()
                             : emit("Concat", std::move(parts), {{"axis", std::int64_t{0}}});
  return result;
}

NodeId Exporter::without_broadcast(NodeId id) const {
  while (graph().node(id).op->kind == OpKind::broadcast) id = graph().inputs_of(id)[0];
  return id;
}

/// Returns the name of an operand as NumPy's rule aligns it with a value like `like`.
std::string Exporter::aligned(NodeId id, const WrittenValue& like) {
  const Shape shape = graph().node(id).shape;
  const bool is_number = shape.elements().is_one() && shape.rank <= like.order.rank;
  if (is_number) return separate(id).name;  // in any order
  if (like.is_joined) return value(id).name;
  if (shape.rank == like.order.rank) return in_order(id, like.order);
  if (like.order.is_plain()) return plain(id);
  Shape with_ones;
  for (int i = shape.rank; i < like.order.rank; ++i) with_ones.push_back(1);
  int several = 0;
  for (int i = 0; i < shape.rank; ++i) {
    with_ones.push_back(shape[i]);
    several += shape[i].is_one() ? 0 : 1;
  }
  if (several == 1) return reshape(plain(id), exported_values::stored_shape(with_ones, like.order));
  return transpose(reshape(plain(id), with_ones),
                   exported_values::between(Order::plain(like.order.rank), like.order));
}

void Exporter::elementwise(const std::function<std::string(const Names&)>& write) {
  std::vector<NodeId> ids;
  for (const NodeId id : graph().inputs_of(id_)) ids.push_back(without_broadcast(id));
  const Shape& result = node().shape;
  // In the order of an operand that is not repeated, if one has another order than the node's.
  WrittenValue like;
  like.order = Order::plain(result.rank);
  elementwise::Broadcast common{graph().node(ids[0]).shape, true};
  bool may_be_joined = true;
  for (const NodeId id : ids) {
    const Shape& shape = graph().node(id).shape;
    common = elementwise::broadcast_shapes(common.shape, shape);
    may_be_joined = may_be_joined && (id == ids[0] || shape.elements().is_one());
  }
  for (const NodeId id : ids) {
    const WrittenValue& operand = value(id);
    if (graph().node(id).shape != result) continue;
    if (operand.is_joined ? !may_be_joined || !operand.initializer.empty()
                          : operand.order.is_plain())
      continue;
    like = operand;
    break;
  }
  Names operands;
  for (const NodeId id : ids) operands.push_back(aligned(id, like));
  like.name = write(operands);
  if (common.shape != result) like.name = expand(like.name, common.shape, result);
  give(std::move(like));
}

}  // namespace foregraph::onnx
