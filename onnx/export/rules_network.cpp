#include <algorithm>
#include <foregraph/detail/onnx/export/products.hpp>
#include <foregraph/detail/onnx/export/rules.hpp>

namespace foregraph::onnx {
namespace network_export {

/// The order of a stack of matrices whose last two axes are swapped.
Order with_swapped_matrices(int rank) {
  Order order = Order::plain(rank);
  std::swap(order.axes[static_cast<std::size_t>(rank) - 1],
            order.axes[static_cast<std::size_t>(rank) - 2]);
  return order;
}
std::string stack_of_matrices(Exporter& e, int operand, bool transposed) {
  const int rank = e.shape(operand).rank;
  return e.in(operand, transposed ? with_swapped_matrices(rank) : Order::plain(rank));
}

void matmul(Exporter& e) {
  e.give(write_matmul(e, e.id(), {}));
}
void batch_matmul(Exporter& e) {
  e.give(e.emit("MatMul", {stack_of_matrices(e, 0, e.attribute(0) != 0),
                           stack_of_matrices(e, 1, e.attribute(1) != 0)}));
}
/// beta c + alpha a b.
void matmul_accumulate(Exporter& e) {
  const std::string a = stack_of_matrices(e, 1, e.attribute(0) != 0);
  const std::string b = stack_of_matrices(e, 2, e.attribute(1) != 0);
  const std::string product = e.emit("Mul", {e.emit("MatMul", {a, b}), e.in(3)});
  e.give(e.emit("Add", {e.emit("Mul", {e.in(0), e.in(4)}), product}));
}

/// The number of the operand of a sum that is a product or convolution read by nobody else, while
/// the other is a bias for it; -1 if there is none.
int product_of_bias_add(Exporter& e) {
  for (int i = 0; i < 2; ++i) {
    const NodeId product = e.operand(i);
    const NodeId bias = e.without_broadcast(e.operand(1 - i));
    const Shape& shape = e.graph().node(bias).shape;
    const std::string_view op = e.graph().node(product).op->name;
    if (e.uses(product) == 1 && shape == Shape{e.node().shape[-1]} &&
        e.graph().node(product).shape == e.node().shape && (op == "matmul" || op == "conv2d"))
      return i;
  }
  return -1;
}
void add(Exporter& e) {
  const int i = product_of_bias_add(e);
  if (i < 0) return e.elementwise([&](const Names& x) { return e.emit("Add", x); });
  const NodeId product = e.operand(i);
  const std::string bias = e.plain(e.without_broadcast(e.operand(1 - i)));
  if (e.graph().node(product).op->name == "matmul") return e.give(write_matmul(e, product, bias));
  e.give(write_conv2d(e, product, bias), Order::channels_last(4));
}

WrittenAttribute epsilon_of(Exporter& e) {
  return {"epsilon", static_cast<float>(e.node().attributes.number)};
}
void layer_norm(Exporter& e) {
  e.give(e.emit("LayerNormalization", {e.in(0), e.in(1), e.in(2)},
                {{"axis", std::int64_t{-1}}, epsilon_of(e)}));
}
void rms_norm(Exporter& e) {
  const DType dtype = e.node().dtype;
  const std::string x = e.in(0);
  const std::string mean = e.reduce("ReduceMean", e.emit("Mul", {x, x}), {-1}, true);
  const std::string above_zero = e.emit("Add", {mean, e.number(e.node().attributes.number, dtype)});
  e.give(e.emit("Mul", {e.emit("Div", {x, e.emit("Sqrt", {above_zero})}), e.in(1)}));
}
void fixed_batch_norm(Exporter& e) {
  const Order order = Order::channels_last(e.node().shape.rank);
  e.give(e.emit("BatchNormalization", {e.in(0, order), e.in(1), e.in(2), e.in(3), e.in(4)},
                {epsilon_of(e)}),
         order);
}

/// gamma / sqrt(variance + epsilon), of a pair of moments.
std::string scale_by_moments(Exporter& e, const std::string& gamma, const std::string& moments) {
  const std::string variance =
      e.emit("Gather", {moments, e.number(1, i64)}, {{"axis", std::int64_t{0}}});
  const std::string above_zero =
      e.emit("Add", {variance, e.number(e.node().attributes.number, e.node().dtype)});
  return e.emit("Div", {gamma, e.emit("Sqrt", {above_zero})});
}
void batch_norm_scale(Exporter& e) {
  e.give(scale_by_moments(e, e.in(0), e.in(1)));
}
/// Batch norm by the moments of the batch itself.
void batch_norm(Exporter& e) {
  const std::string mean =
      e.emit("Gather", {e.in(3), e.number(0, i64)}, {{"axis", std::int64_t{0}}});
  const std::string centred = e.emit("Sub", {e.in(0), mean});
  const std::string scaled = e.emit("Mul", {centred, scale_by_moments(e, e.in(1), e.in(3))});
  e.give(e.emit("Add", {scaled, e.in(2)}));
}

}  // namespace network_export

ExportRules network_export_rules() {
  using namespace network_export;
  return {{"add", add},
          {"matmul", matmul},
          {"batch_matmul", batch_matmul},
          {"matmul_accumulate", matmul_accumulate},
          {"layer_norm", layer_norm},
          {"rms_norm", rms_norm},
          {"fixed_batch_norm", fixed_batch_norm},
          {"batch_norm_scale", batch_norm_scale},
          {"batch_norm", batch_norm}};
}

}  // namespace foregraph::onnx
