#include <foregraph/detail/ops/activation/dropout.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
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

#include "onnx/mapping.hpp"

namespace foregraph::onnx_tests {

namespace {

/// ONNX has the channels in axis 1, Foregraph in the last.
Tensor channels_last(Tensor x) {
  std::vector<int> axes{0};
  for (int i = 2; i < x.shape().rank; ++i) axes.push_back(i);
  axes.push_back(1);
  return permute(x, axes);
}
Tensor channels_first(Tensor x) {
  std::vector<int> axes{0, x.shape().rank - 1};
  for (int i = 1; i + 1 < x.shape().rank; ++i) axes.push_back(i);
  return permute(x, axes);
}

Tensor filled(Graph& g, Shape shape, DType dtype, double value) {
  return broadcast_to(g.constant(value, dtype), shape);
}

void batch_normalization(Op& o) {
  const Tensor x = channels_last(o[0]);
  const double epsilon = o.f("epsilon", 1e-5), momentum = o.f("momentum", 0.9);
  if (o.i("training_mode") == 0) {
    o.give(channels_first(fixed_batch_norm(x, o[1], o[2], o[3], o[4], epsilon)));
    return;
  }
  o.give(channels_first(batch_norm(x, o[1], o[2], epsilon)));
  const auto running = [&](Tensor before, Tensor now) {
    const Tensor kept = multiply(before, momentum);
    return add(kept, multiply(now, 1 - momentum));
  };
  Axes axes;
  axes.all = false;
  for (int i = 0; i + 1 < x.shape().rank; ++i)
    axes.list[static_cast<std::size_t>(axes.count++)] = i;
  o.give(running(o[3], mean(x, axes)));
  o.give(running(o[4], variance(x, axes)));
}

/// Over all axes from `axis` on, as rows.
void layer_normalization(Op& o) {
  const int axis = from_front(o.i("axis", -1), o.rank(0));
  const double epsilon = o.f("epsilon", 1e-5);
  std::int64_t row = 1;
  Axes axes;
  axes.all = false;
  for (int i = axis; i < o.rank(0); ++i) {
    row *= o.dim(0, i);
    axes.list[static_cast<std::size_t>(axes.count++)] = i;
  }
  const Tensor rows = reshape(o[0], {divided(o.shape(0).elements(), row), row});
  const Tensor gamma = reshape(o[1], {row});
  const Tensor beta = o.has(2) ? reshape(o[2], {row}) : filled(o.graph(), {row}, o.dtype(0), 0);
  o.give(reshape(layer_norm(rows, gamma, beta, epsilon), o.shape(0)));
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
  const Tensor normal = layer_norm(rows, ones, zeros, o.f("epsilon", 1e-5));
  const Tensor scaled = multiply(normal, reshape(o[1], {channels, 1}));
  const Tensor moved = add(scaled, reshape(o[2], {channels, 1}));
  o.give(reshape(moved, o.shape(0)));
}

void mean_variance_normalization(Op& o) {
  const Axes axes = axes_of(o.ints("axes", {0, 2, 3}));
  const Tensor centre = mean(o[0], axes, KeepDims::yes);
  const Tensor deviation = sqrt(variance(o[0], axes, KeepDims::yes));
  const Tensor divisor = add(deviation, 1e-9);
  o.give(divide(subtract(o[0], centre), divisor));
}

void dropout_of_evaluation(Op& o) {
  const double ratio = o.has(1) ? o.number(1) : o.f("ratio", 0.5);
  if (o.has(2) && o.number(2) != 0 && ratio != 0) skip("random numbers");
  o.give(dropout(o[0], ratio));
  const Tensor everywhere = filled(o.graph(), o.shape(0), f32, 1);
  o.give(greater(everywhere, 0.0));
}

}  // namespace

Mappings network_mappings() {
  return {
      {"MatMul", [](Op& o) { o.give(matmul(o[0], o[1])); }},
      {"Gemm",
       [](Op& o) {
         const Tensor product =
             matmul(o[0], o[1], Transposed{o.i("transA") != 0, o.i("transB") != 0});
         const Tensor scaled = multiply(product, o.f("alpha", 1));
         if (!o.has(2)) return o.give(scaled);
         const Tensor bias = multiply(o[2], o.f("beta", 1));
         o.give(add(scaled, bias));
       }},
      {"BatchNormalization", batch_normalization},
      {"LayerNormalization", layer_normalization},
      {"InstanceNormalization", instance_normalization},
      {"MeanVarianceNormalization", mean_variance_normalization},
      {"Dropout", dropout_of_evaluation},
  };
}

}  // namespace foregraph::onnx_tests
