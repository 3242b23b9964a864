#include <algorithm>
#include <foregraph/detail/nn/layers/batch_norm.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/linear/batch_matmul.hpp>
#include <foregraph/detail/ops/linear/matmul.hpp>
#include <foregraph/detail/ops/math/abs.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/pow.hpp>
#include <foregraph/detail/ops/math/rsqrt.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/square.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/normalisation/batch_norm.hpp>
#include <foregraph/detail/ops/normalisation/group_norm.hpp>
#include <foregraph/detail/ops/normalisation/layer_norm.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>
#include <foregraph/detail/ops/reduction/variance.hpp>
#include <foregraph/detail/ops/shape/pad.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>
#include <foregraph/detail/ops/shape/tile.hpp>

#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {
namespace normalisation_rule {

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
  const auto as_row = [&](int i) {
    return o.rank(i) == 1 ? o.weight(i) : reshape(o.weight(i), {row});
  };
  const Tensor gamma = as_row(1);
  const Tensor beta = o.has(2) ? as_row(2) : broadcast_to(o.graph().constant(0, o.dtype(0)), {row});
  o.give(reshape(layer_norm(rows, gamma, beta, epsilon), o.shape(0)));
  if (!o.wants(1) && !o.wants(2)) return;
  o.give(mean(o[0], axes, KeepDims::yes));
  const Tensor spread = add(variance(o[0], axes, KeepDims::yes), epsilon);
  o.give(rsqrt(spread));
}

/// Over all spatial axes and the channels of a group.
void group_normalization(Op& o) {
  const std::int64_t groups = o.integer("num_groups");
  const std::int64_t channels = o.dim(0, 1);
  if (groups < 1 || channels % groups != 0)
    throw DataError("num_groups does not divide the channels");
  const auto of_channels = [&](int i) {
    const Tensor x = o.weight(i);
    return o.dim(i, 0) == channels ? x : repeat(x, channels / groups, 0);
  };
  const Tensor gamma = of_channels(1);
  const Tensor beta = of_channels(2);
  o.give_channels_last(
      group_norm(o.channels_last(0), gamma, beta, groups, o.number("epsilon", 1e-5)));
}
void instance_normalization(Op& o) {
  const Tensor gamma = o.weight(1);
  const Tensor beta = o.weight(2);
  o.give_channels_last(
      group_norm(o.channels_last(0), gamma, beta, o.dim(0, 1), o.number("epsilon", 1e-5)));
}

void mean_variance_normalization(Op& o) {
  const Axes axes = axes_in(Order::plain(o.rank(0)), o.integers("axes", {0, 2, 3}));
  const Tensor centre = mean(o[0], axes, KeepDims::yes);
  const Tensor deviation = sqrt(variance(o[0], axes, KeepDims::yes));
  const Tensor divisor = add(deviation, 1e-9);
  o.give(divide(subtract(o[0], centre), divisor));
}

/// x / the norm of its rows along an axis.
void lp_normalization(Op& o) {
  const bool is_joined = !o.known(0).joined.empty();
  const Order order = is_joined ? Order::plain(o.rank(0)) : o.order(0);
  const Tensor x = o.in_order(0, order);
  const int at = order.position_of(from_front(o.integer("axis", -1), o.rank(0)));
  const std::int64_t p = o.integer("p", 2);
  if (p != 1 && p != 2) throw DataError("p is " + std::to_string(p) + ", expected 1 or 2");
  const Tensor length =
      p == 1 ? sum(abs(x), {at}, KeepDims::yes) : sqrt(sum(square(x), {at}, KeepDims::yes));
  o.give(divide(x, length), order);
}

/// The sums over `size` neighbouring channels, the last axis.
Tensor sums_of_neighbours(const Op& o, Tensor x, std::int64_t size) {
  const std::int64_t channels = fixed_size(x.shape()[-1]);
  const std::int64_t before = (size - 1) / 2;
  constexpr std::int64_t most_for_a_matrix = 512;
  if (channels <= most_for_a_matrix) {
    // A product with a matrix of zeros and ones is faster than `size` copies.
    Constant band;
    band.dtype = x.dtype();
    band.shape = {channels, channels};
    for (std::int64_t from = 0; from < channels; ++from)
      for (std::int64_t to = 0; to < channels; ++to)
        band.elements.push_back({from >= to - before && from < to - before + size ? 1.0 : 0.0});
    return matmul(x, o.placed(std::move(band), "neighbours"));
  }
  std::vector<PadWidth> widths(static_cast<std::size_t>(x.shape().rank));
  widths.back() = {before, size - 1 - before};
  const Tensor padded = pad(x, widths);
  Tensor total{};
  for (std::int64_t i = 0; i < size; ++i) {
    const Tensor part = slice(padded, -1, i, i + channels);
    total = i == 0 ? part : add(total, part);
  }
  return total;
}

/// x / (bias + alpha / size * (sum of squares of neighbouring channels))^beta.
void local_response_normalization(Op& o) {
  const std::int64_t size = o.integer("size");
  if (size < 1) throw DataError("size is " + std::to_string(size) + ", expected at least 1");
  const double alpha = o.number("alpha", 1e-4) / static_cast<double>(size);
  const Tensor x = o.channels_last(0);
  const Tensor sums = sums_of_neighbours(o, square(x), size);
  const Tensor base = add(multiply(sums, alpha), o.number("bias", 1));
  o.give_channels_last(multiply(x, pow(base, -o.number("beta", 0.75))));
}

}  // namespace normalisation_rule

Rules normalisation_rules() {
  using namespace normalisation_rule;
  return {
      {"BatchNormalization", batch_normalization},
      {"LayerNormalization", layer_normalization},
      {"GroupNormalization", group_normalization},
      {"InstanceNormalization", instance_normalization},
      {"MeanVarianceNormalization", mean_variance_normalization},
      {"LpNormalization", lp_normalization},
      {"LRN", local_response_normalization},
  };
}

}  // namespace foregraph::onnx
