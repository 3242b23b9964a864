#include <foregraph/detail/ops/activation/dropout.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/linear/batch_matmul.hpp>
#include <foregraph/detail/ops/linear/matmul.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>

#include <foregraph/detail/onnx/rules/attention.hpp>
#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {

namespace network_rule {

Tensor filled(Graph& g, const Shape& shape, DType dtype, double value) {
  return broadcast_to(g.constant(value, dtype), shape);
}

/// A product with a weight: the row of an image that was flattened with its channels last is
/// multiplied by a weight in the same order, instead of being put into the file's order.
struct Product {
  Tensor x{};
  Tensor weight{};
  bool transposed = false;  ///< the weight is [out,in]
};
Product product_of(const Op& o, bool transposed) {
  const Known& row = o.known(0);
  const Known& weight = o.known(1);
  const bool is_stored =
      weight.tensor.graph == nullptr && (weight.parameter != nullptr || weight.constant != nullptr);
  if (row.joined.empty() || !is_stored || weight.shape.rank != 2)
    return {o[0], is_stored ? o.weight(1) : o[1], transposed};
  const int lead = transposed ? 1 : 0;  // axes of the weight before those of the image
  std::vector<std::int64_t> view;
  std::vector<int> axes;
  if (transposed) {
    view.push_back(o.dim(1, 0));
    axes.push_back(0);
  }
  view.insert(view.end(), row.joined_sizes.begin(), row.joined_sizes.end());
  for (const int axis : row.joined) axes.push_back(lead + axis);
  if (!transposed) {
    axes.push_back(static_cast<int>(view.size()));
    view.push_back(o.dim(1, 1));
  }
  const Tensor x = o.placed(0);
  return {x, o.weight(1, axes, view, weight.shape), transposed};
}

void matrix_product(Op& o) {
  // A vector is a row or a column of a matrix.
  if (o.rank(0) == 1 || o.rank(1) == 1) {
    if (o.rank(0) == 1 && o.rank(1) == 1) return o.give(sum(multiply(o[0], o[1]), {0}));
    if (o.rank(0) == 1) {
      const Tensor y = matmul(reshape(o[0], {1, o.shape(0)[0]}), o[1]);
      Shape shape = y.shape();
      shape.set(shape.rank - 2, shape[-1]);
      --shape.rank;
      return o.give(reshape(y, shape));
    }
    const Tensor y = matmul(o[0], reshape(o[1], {o.shape(1)[0], 1}));
    Shape shape = y.shape();
    --shape.rank;
    return o.give(reshape(y, shape));
  }
  const Product product = product_of(o, false);
  const std::optional<Tensor> attention = attention_of(o.importer(), product.x, product.weight);
  o.give(attention ? *attention : matmul(product.x, product.weight));
}

void general_product(Op& o) {
  const bool transposed = o.integer("transB") != 0;
  const bool transposes_x = o.integer("transA") != 0;
  const Product product =
      transposes_x ? Product{o[0], o.weight(1), transposed} : product_of(o, transposed);
  Tensor y = matmul(product.x, product.weight, Transposed{transposes_x, transposed});
  if (const double alpha = o.number("alpha", 1); alpha != 1) y = multiply(y, alpha);
  const double beta = o.number("beta", 1);
  if (!o.has(2) || beta == 0) return o.give(y);
  const Tensor bias = o.weight(2);
  o.give(add(y, beta == 1 ? bias : multiply(bias, beta)));
}

void drop_out(Op& o) {
  const double ratio = o.has(1) ? o.number(1) : o.number("ratio", 0.5);
  const bool was_training = o.has(2) && o.number(2) != 0;
  const bool drops = (was_training || o.importer().options().as_training) && ratio > 0;
  if (drops && o.wants(1)) unsupported("the mask as a result");
  give_like(o, 0, drops ? dropout(o.placed(0), ratio) : o.placed(0));
  if (!o.wants(1)) return;
  const Tensor everywhere = filled(o.graph(), o.shape(0), f32, 1);
  o.give(greater(everywhere, 0.0));
}

}  // namespace network_rule

Rules network_rules() {
  using namespace network_rule;
  return {
      {"MatMul", matrix_product},
      {"Gemm", general_product},
      {"Dropout", drop_out},
  };
}

}  // namespace foregraph::onnx
