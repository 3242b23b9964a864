#pragma once

#include <foregraph/detail/nn/layers/dense.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>

namespace foregraph {

/// Appends dense() along the last axis of a tensor of any rank: x . weight + bias at each position
/// of a sequence or image. f[...,K] -> f[...,units]; parameters `name/weight` f[K,units] and
/// `name/bias` f[units]. Separate from dense(), which accepts only matrices because forgetting to
/// flatten an image is a common mistake.
[[nodiscard]] constexpr Tensor linear(Tensor x, std::int64_t units, std::string_view name,
                                      DenseOptions options = {},
                                      Location at = Location::current()) {
  const Shape shape = x.shape();
  if (shape.rank <= 2 || x.graph == nullptr) return dense(x, units, name, options, at);
  Dim rows{1};
  for (int i = 0; i + 1 < shape.rank; ++i) rows = multiply(rows, shape[i]).value;
  const Tensor flat = reshape(x, {rows, shape[-1]}, at);
  const Tensor y = dense(flat, units, name, options, at);
  Shape result = shape;
  result.set(shape.rank - 1, units);
  return reshape(y, result, at);
}

}  // namespace foregraph
