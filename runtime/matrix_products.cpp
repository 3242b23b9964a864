#include <algorithm>
#include <foregraph/detail/kernels/image/conv2d.hpp>
#include <foregraph/detail/kernels/losses/blockwise_layout.hpp>
#include <foregraph/detail/ops/sequence/attention.hpp>
#include <foregraph/detail/runtime/matrix_products.hpp>
#include <string_view>

namespace foregraph {
namespace {

/// The shapes of a node and its operands at the plan's batch size.
struct View {
  const Graph& g;
  const Node& node;
  std::span<const NodeId> inputs;
  std::int64_t batch_size;

  [[nodiscard]] const Shape& shape(int input) const {
    return g.node(inputs[static_cast<std::size_t>(input)]).shape;
  }
  [[nodiscard]] std::int64_t size(const Shape& s, int axis) const { return s[axis].at(batch_size); }
};

/// Returns the product of matmul or batch_matmul. A stack of matrices times one matrix is a single
/// product of all rows of the stack.
MatrixProduct of_matmul(const View& v) {
  const bool ta = v.node.attributes.integers[0] != 0;
  const Shape& a = v.shape(0);
  const Shape& out = v.node.shape;
  const std::int64_t n = v.size(out, out.rank - 1);
  const bool one_matrix = !ta && v.shape(1).rank == 2;
  return {v.node.dtype,
          one_matrix ? out.elements().at(v.batch_size) / std::max<std::int64_t>(n, 1)
                     : v.size(out, out.rank - 2),
          n, v.size(a, a.rank - (ta ? 2 : 1))};
}

/// Returns the product of conv2d or of one of its two gradients. Their kernels process blocks of
/// pixels, unless the convolution is a product of the whole image (pointwise) or multiplies no
/// matrices at all.
MatrixProduct of_convolution(const View& v, const Shape& image, const Shape& result) {
  const auto& a = v.node.attributes.integers;
  ConvGeometry g;
  g.batch = v.batch_size;
  g.height = v.size(image, 1);
  g.width = v.size(image, 2);
  g.channels = v.size(image, 3);
  g.out_height = v.size(result, 1);
  g.out_width = v.size(result, 2);
  g.filters = v.size(result, 3);
  g.stride_h = a[0];
  g.stride_w = a[1];
  g.dilation_h = a[2];
  g.dilation_w = a[3];
  g.groups = a[8];
  g.kernel_h = a[9];
  g.kernel_w = a[10];
  if (g.is_depthwise() || g.is_direct()) return {};
  const std::int64_t pixels =
      g.is_pointwise() ? v.size(image, 0) * g.pixels_per_image() : g.block();
  const std::string_view op = v.node.op->name;
  if (op == "conv2d_input_gradient") return {v.node.dtype, pixels, g.patch(), g.group_filters()};
  if (op == "conv2d_weight_gradient") return {v.node.dtype, g.patch(), g.group_filters(), pixels};
  return {v.node.dtype, pixels, g.group_filters(), g.patch()};
}

/// Returns the product of lstm: h[N,H] . w[H,4H] at each time step; backward d[N,4H] . w'[4H,H].
MatrixProduct of_lstm(const View& v) {
  return {v.node.dtype, v.size(v.node.shape, 0), v.size(v.shape(1), 1), v.size(v.shape(1), 0)};
}

/// Returns the product of gru: h[N,H] . w[H,3H] at each time step.
MatrixProduct of_recurrence(const View& v, const Shape& hidden, std::int64_t gates) {
  const std::int64_t units = v.size(hidden, 2);
  return {v.node.dtype, v.size(hidden, 0), gates * units, units};
}

/// Returns the product of attention, which processes blocks of queries.
MatrixProduct of_attention(const View& v) {
  const Shape& q = v.shape(0);
  const Shape& value = v.shape(2);
  return {v.node.dtype, std::min(attention::block_rows, v.size(q, q.rank - 2)),
          v.size(value, value.rank - 2), v.size(q, q.rank - 1)};
}

/// Returns the product that computes a block of logits.
MatrixProduct of_blockwise_loss(const View& v) {
  const auto& a = v.node.attributes.integers;
  const Shape& x = v.shape(0);
  return {v.node.dtype, std::min(a[blockwise::block_rows], v.size(x, 0)),
          v.size(v.shape(2), a[blockwise::weight_transposed] != 0 ? 0 : 1), v.size(x, 1)};
}

MatrixProduct product_of(const View& v) {
  const std::string_view op = v.node.op->name;
  if (op == "matmul" || op == "batch_matmul") return of_matmul(v);
  if (op == "matmul_accumulate")  // operand 0 is c, the product's operands follow
    return of_matmul({v.g, v.node, v.inputs.subspan(1), v.batch_size});
  if (op == "conv2d") return of_convolution(v, v.shape(0), v.node.shape);
  if (op == "conv2d_input_gradient") return of_convolution(v, v.node.shape, v.shape(0));
  if (op == "conv2d_weight_gradient") return of_convolution(v, v.shape(0), v.shape(1));
  if (op == "lstm" || op == "lstm_gradient") return of_lstm(v);
  if (op == "gru") return of_recurrence(v, v.node.shape, 3);
  if (op == "gru_gradient") return of_recurrence(v, v.shape(3), 3);
  if (op.substr(0, 9) == "attention") return of_attention(v);
  if (op.substr(0, 9) == "blockwise") return of_blockwise_loss(v);
  return {};
}

}  // namespace

std::vector<MatrixProduct> products_of(const Graph& graph, const Plan& plan) {
  std::vector<MatrixProduct> products;
  for (const std::int32_t task : plan.order.tasks) {
    const Task& t = plan.tasks.list[static_cast<std::size_t>(task)];
    if (t.kind != Task::Kind::op) continue;
    const NodeId id = plan.tasks.members_of(t).front();
    const MatrixProduct product =
        product_of({graph, graph.node(id), graph.inputs_of(id), plan.batch});
    if (product.m > 0 && product.n > 0 && product.k > 0) products.push_back(product);
  }
  return products;
}

}  // namespace foregraph
