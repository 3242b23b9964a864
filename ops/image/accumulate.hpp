#pragma once

#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/image/conv2d.hpp>
#include <foregraph/detail/ops/linear/matmul_accumulate.hpp>

namespace foregraph {

namespace detail {
/// A value that is one matrix product, possibly reshaped.
struct MatrixProductOf {
  bool found = false;
  Tensor a{};
  Tensor b{};
  Transposed transposed{};
};

/// Matches a matmul, or the weight gradient of a 1x1 convolution whose patches are the image
/// itself.
[[nodiscard]] constexpr MatrixProductOf as_product(Tensor x, Location at) {
  Graph& g = *x.graph;
  while (g.node(x.id).op == &reshape_op) x = elementwise::operand(x, 0);
  const OpDef* op = g.node(x.id).op;
  if (op == &matmul_op)
    return {true, elementwise::operand(x, 0), elementwise::operand(x, 1),
            matmul_transposes(g.node(x.id).attributes)};
  if (op != &conv2d_weight_gradient_op) return {};
  const auto& a = g.node(x.id).attributes.integers;
  const Tensor image = elementwise::operand(x, 0);
  const Tensor ct = elementwise::operand(x, 1);
  const bool is_pointwise = a[8] <= 1 && a[9] == 1 && a[10] == 1 && a[0] == 1 && a[1] == 1 &&
                            image.shape()[1] == ct.shape()[1] && image.shape()[2] == ct.shape()[2];
  if (!is_pointwise) return {};
  const Dim channels = image.shape()[3];
  const Dim filters = ct.shape()[3];
  const Dim pixels =
      multiply(multiply(image.shape()[0], image.shape()[1]).value, image.shape()[2]).value;
  const Tensor rows = reshape(image, {pixels, channels}, at);
  const Tensor ct_rows = reshape(ct, {pixels, filters}, at);
  return {true, rows, ct_rows, {true, false}};
}
}  // namespace detail

/// Returns true if accumulate() can fuse the product that computes x, so that x is never
/// materialised.
[[nodiscard]] constexpr bool is_matrix_product(Tensor x) {
  return x.graph != nullptr && !x.graph->first_fault && detail::as_product(x, {}).found;
}

/// Returns beta * c + alpha * x, all of one shape except the scalars alpha and beta; as one
/// matmul_accumulate if x is a matrix product, so that x is not materialised.
[[nodiscard]] constexpr Tensor accumulate(Tensor c, Tensor x, Argument alpha, Argument beta,
                                          Location at = Location::current()) {
  Graph& g = graph_of(x, matmul_accumulate_op, at);
  const detail::MatrixProductOf product =
      g.first_fault ? detail::MatrixProductOf{} : detail::as_product(x, at);
  if (!product.found) {
    const Tensor kept = multiply(beta, c, at);
    const Tensor scaled = multiply(alpha, x, at);
    return add(kept, scaled, at);
  }
  const Shape shape = c.shape();
  const Shape matrix{product.a.shape()[product.transposed.a ? 1 : 0],
                     product.b.shape()[product.transposed.b ? 0 : 1]};
  if (shape == matrix)
    return matmul_accumulate(c, product.a, product.b, alpha, beta, product.transposed, at);
  const Tensor flat = reshape(c, matrix, at);
  const Tensor sum =
      matmul_accumulate(flat, product.a, product.b, alpha, beta, product.transposed, at);
  return reshape(sum, shape, at);
}

}  // namespace foregraph
