#include <algorithm>
#include <foregraph/detail/onnx/export/products.hpp>

namespace foregraph::onnx {
namespace product_export {

/// A matrix in the file, which may be the transpose of the wanted one.
struct Matrix {
  std::string name{};
  bool is_transposed = false;
};

Matrix matrix_of(Exporter& e, NodeId id, bool transposed) {
  const WrittenValue& value = e.separate(id);
  const bool is_swapped = value.order.axes[0] == 1;
  return {value.name, is_swapped != transposed};
}

/// The axes of the node, from `first` to before `end`, in the order in which the file has them.
std::vector<int> order_in_file(const Order& order, int first, int end) {
  std::vector<int> axes;
  for (int i = first; i < end; ++i) axes.push_back(i);
  std::sort(axes.begin(), axes.end(), [&](int a, int b) {
    return order.axes[static_cast<std::size_t>(a)] < order.axes[static_cast<std::size_t>(b)];
  });
  for (int& axis : axes) axis -= first;
  return axes;
}

/// A flattened image times a weight whose rows lie in the file in the order of the image's elements
/// there: neither has to be reordered.
struct FlattenedProduct {
  bool found = false;
  Matrix weight{};
};
FlattenedProduct flattened_product(Exporter& e, NodeId image, NodeId weight) {
  const WrittenValue& x = e.value(image);
  const WrittenValue& w = e.value(weight);
  if (!x.is_joined || x.variable != nullptr || !w.is_joined || w.variable == nullptr) return {};
  const int joined = x.order.rank - 1;
  if (w.order.rank != joined + 1 || w.variable->dims.size() != 2) return {};
  for (int i = 0; i < joined; ++i)  // the weight's rows are axes of these sizes
    if (w.view[i] != x.view[i + 1]) return {};
  if (order_in_file(w.order, 0, joined) != order_in_file(x.order, 1, joined + 1)) return {};
  // The columns are the first or the last axis in the file.
  const int columns = w.order.axes[static_cast<std::size_t>(joined)];
  if (columns != 0 && columns != joined) return {};
  const std::int64_t size = w.view[joined].constant;
  if (w.variable->dims[columns == 0 ? 0 : 1] != size) return {};
  return {true, {w.initializer, columns == 0}};
}

std::vector<std::int64_t> attributes_of(const Node& node, std::initializer_list<std::size_t> list) {
  std::vector<std::int64_t> result;
  for (const std::size_t i : list) result.push_back(node.attributes.integers[i]);
  return result;
}

}  // namespace product_export

std::string write_matmul(Exporter& e, NodeId id, const std::string& bias) {
  namespace p = product_export;
  const Node& node = e.graph().node(id);
  const auto operands = e.graph().inputs_of(id);
  const bool transposes_a = node.attributes.integers[0] != 0;
  const bool transposes_b = node.attributes.integers[1] != 0;
  p::Matrix a;
  p::Matrix b;
  const p::FlattenedProduct flattened = transposes_a || transposes_b
                                            ? p::FlattenedProduct{}
                                            : p::flattened_product(e, operands[0], operands[1]);
  if (flattened.found) {
    a.name = e.reshape(e.value(operands[0]).name, e.graph().node(operands[0]).shape);
    b = flattened.weight;
  } else {
    a = p::matrix_of(e, operands[0], transposes_a);
    b = p::matrix_of(e, operands[1], transposes_b);
  }
  if (bias.empty() && !a.is_transposed && !b.is_transposed)
    return e.emit("MatMul", {a.name, b.name});
  Names inputs{a.name, b.name};
  if (!bias.empty()) inputs.push_back(bias);
  WrittenAttributes attributes;
  if (a.is_transposed) attributes.push_back({"transA", std::int64_t{1}});
  if (b.is_transposed) attributes.push_back({"transB", std::int64_t{1}});
  return e.emit("Gemm", std::move(inputs), std::move(attributes));
}

std::string write_conv2d(Exporter& e, NodeId id, const std::string& bias) {
  const Node& node = e.graph().node(id);
  const auto operands = e.graph().inputs_of(id);
  const Order image = Order::channels_last(4);
  Order weight;  // [height,width,channels,filters] as [filters,channels,height,width]
  weight.rank = 4;
  weight.axes = {2, 3, 1, 0};
  Names inputs{e.in_order(operands[0], image), e.in_order(operands[1], weight)};
  if (!bias.empty()) inputs.push_back(bias);
  return e.emit("Conv", std::move(inputs),
                {{"kernel_shape", product_export::attributes_of(node, {9, 10})},
                 {"strides", product_export::attributes_of(node, {0, 1})},
                 {"dilations", product_export::attributes_of(node, {2, 3})},
                 {"pads", product_export::attributes_of(node, {4, 6, 5, 7})},
                 {"group", std::max<std::int64_t>(1, node.attributes.integers[8])}});
}

}  // namespace foregraph::onnx
