#include <foregraph/detail/nn/layers/batch_norm.hpp>
#include <foregraph/detail/ops/activation/dropout.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/linear/batch_matmul.hpp>
#include <foregraph/detail/ops/linear/matmul.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/rsqrt.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/normalisation/batch_norm.hpp>
#include <foregraph/detail/ops/normalisation/layer_norm.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>
#include <foregraph/detail/ops/reduction/variance.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>

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

void batch_normalization(Op& o) {
  const double epsilon = o.number("epsilon", 1e-5);
  const double momentum = o.number("momentum", 0.9);
  const bool was_training = o.opset() >= 14 ? o.integer("training_mode") != 0 : o.wants(1);
  const Tensor x = o.channels_last(0);
  const Tensor gamma = o.weight(1);
  const Tensor beta = o.weight(2);
  o.known(3).trainable = o.known(4).trainable = false;
  const Tensor mean = o.weight(3);
  const Tensor variance = o.weight(4);
  if (!was_training && !o.importer().options().as_training)
    return o.give_channels_last(fixed_batch_norm(x, gamma, beta, mean, variance, epsilon));
  Graph& g = o.graph();
  if (g.variable_index(mean.id) < 0 || g.variable_index(variance.id) < 0)
    unsupported("running averages that are computed");
  const nn::BatchNormOptions options{epsilon, momentum};
  const Tensor statistics = moments(x);
  o.give_channels_last(nn::batch_norm_with(x, statistics, {gamma, beta, mean, variance}, options));
  if (!o.wants(1)) return;
  const auto running = [&](Tensor before, int row) {
    const Tensor now = row_of_pair(statistics, row, Location::current());
    return add(multiply(before, momentum), multiply(now, 1 - momentum));
  };
  o.give(running(mean, 0));
  o.give(running(variance, 1));
}

/// Over all axes from `axis` on, as rows.
void layer_normalization(Op& o) {
  const int axis = from_front(o.integer("axis", -1), o.rank(0));
  const double epsilon = o.number("epsilon", 1e-5);
  std::int64_t row = 1;
  Axes axes;
  axes.all = false;
  for (int i = axis; i < o.rank(0); ++i) {
    row *= o.dim(0, i);
    axes.list[static_cast<std::size_t>(axes.count++)] = i;
  }
  const Tensor rows = reshape(o[0], {divided(o.shape(0).elements(), row), row});
  const Tensor gamma = reshape(o.weight(1), {row});
  const Tensor beta =
      o.has(2) ? reshape(o.weight(2), {row}) : filled(o.graph(), {row}, o.dtype(0), 0);
  o.give(reshape(layer_norm(rows, gamma, beta, epsilon), o.shape(0)));
  if (!o.wants(1) && !o.wants(2)) return;
  o.give(mean(o[0], axes, KeepDims::yes));
  const Tensor spread = add(variance(o[0], axes, KeepDims::yes), epsilon);
  o.give(rsqrt(spread));
}

/// Each channel of each sample is a row.
void instance_normalization(Op& o) {
  const Dim samples = o.shape(0)[0];
  const std::int64_t channels = o.dim(0, 1);
  std::int64_t row = 1;
  for (int i = 2; i < o.rank(0); ++i) row *= o.dim(0, i);
  const Tensor rows = reshape(o[0], {samples, channels, row});
  const Tensor ones = filled(o.graph(), {row}, o.dtype(0), 1);
  const Tensor zeros = filled(o.graph(), {row}, o.dtype(0), 0);
  const Tensor normal = layer_norm(rows, ones, zeros, o.number("epsilon", 1e-5));
  const Tensor scaled = multiply(normal, reshape(o[1], {channels, 1}));
  const Tensor moved = add(scaled, reshape(o[2], {channels, 1}));
  o.give(reshape(moved, o.shape(0)));
}

void mean_variance_normalization(Op& o) {
  const Axes axes = axes_in(Order::plain(o.rank(0)), o.integers("axes", {0, 2, 3}));
  const Tensor centre = mean(o[0], axes, KeepDims::yes);
  const Tensor deviation = sqrt(variance(o[0], axes, KeepDims::yes));
  const Tensor divisor = add(deviation, 1e-9);
  o.give(divide(subtract(o[0], centre), divisor));
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
      {"BatchNormalization", batch_normalization},
      {"LayerNormalization", layer_normalization},
      {"InstanceNormalization", instance_normalization},
      {"MeanVarianceNormalization", mean_variance_normalization},
      {"Dropout", drop_out},
  };
}

}  // namespace foregraph::onnx
