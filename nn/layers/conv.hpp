#pragma once

#include <foregraph/detail/ops/image/conv2d.hpp>
#include <foregraph/detail/ops/math/add.hpp>

namespace foregraph::nn {

/// Options of the layer conv2d().
struct ConvLayerOptions {
  Conv2dOptions conv{};                     ///< stride, padding, dilation, groups
  LayerInit weight = LayerInit::he_normal;  ///< initialiser of the weight
  bool bias = true;                         ///< starts at zero; left out where batch norm follows
  std::uint64_t seed = 0;                   ///< selects the initial values
};

/// Appends a convolution layer. f[N,H,W,C] -> f[N,OH,OW,filters]; parameters `name/weight`
/// f[kernel,kernel,C/groups,filters] and `name/bias` f[filters].
[[nodiscard]] constexpr Tensor conv2d(Tensor x, std::int64_t filters, std::int64_t kernel,
                                      std::string_view name, ConvLayerOptions options = {},
                                      Location at = Location::current()) {
  Graph& g = graph_of(x, conv2d_op, at);
  const auto scope = g.scope(name);
  const std::int64_t groups = options.conv.groups < 1 ? 1 : options.conv.groups;
  const std::int64_t channels = x.shape()[-1].constant / groups;
  const double taps = static_cast<double>(kernel) * static_cast<double>(kernel);
  const Tensor weight = g.parameter(
      "weight", {kernel, kernel, channels, filters},
      layer_initializer(options.weight, taps * static_cast<double>(channels),
                        taps * static_cast<double>(filters) / static_cast<double>(groups),
                        options.seed),
      x.dtype(), at);
  const Tensor y = conv2d(x, weight, options.conv, at);
  if (!options.bias) return y;
  return add(y, g.parameter("bias", {filters}, zeros(), x.dtype(), at), at);
}

}  // namespace foregraph::nn
