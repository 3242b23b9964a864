#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/nn/losses/same_shape.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>

namespace foregraph::fault {
inline constexpr FaultKind cosine_label_must_be_one_per_row{
    "labels do not match the vectors", "vectors f[...,D] with labels f[...] of -1 or +1"};
}  // namespace foregraph::fault

namespace foregraph::detail {
FOREGRAPH_EXPORT inline constexpr OpDef cosine_loss{
    .name = "cosine_embedding"};  ///< name used in faults; not an op
}  // namespace foregraph::detail

namespace foregraph::nn {

/// Returns the mean over pairs of rows of 1 - cos(a,b) where the label is +1 and max(0, cos(a,b) -
/// margin) where it is -1. cos(a,b) = a.b / sqrt((a.a + e)(b.b + e)) with e = 1e-12, as in PyTorch,
/// so that zero vectors have cosine 0. a, b: f[...,D] of exactly one shape; label: f[...] -> f[].
[[nodiscard]] constexpr Tensor cosine_embedding(Tensor a, Tensor b, Tensor label, double margin = 0,
                                                Location at = Location::current()) {
  const OpDef& op = detail::cosine_loss;
  if (!detail::same_shape(op, a, b, at)) return a;
  bool match = a.shape().rank >= 1 && label.shape().rank == a.shape().rank - 1;
  for (int i = 0; match && i < label.shape().rank; ++i) match = label.shape()[i] == a.shape()[i];
  if (!match) {
    const std::array<Operand, 2> both{{{a.shape(), a.dtype()}, {label.shape(), label.dtype()}}};
    return a.graph->fail(fault::cosine_label_must_be_one_per_row, &op, at, both);
  }
  const Tensor dot = sum(multiply(a, b, at), {-1}, KeepDims::no, at);
  const Tensor aa = sum(multiply(a, a, at), {-1}, KeepDims::no, at);
  const Tensor bb = sum(multiply(b, b, at), {-1}, KeepDims::no, at);
  const Tensor a_norm = sqrt(add(aa, 1e-12, at), at);
  const Tensor b_norm = sqrt(add(bb, 1e-12, at), at);
  const Tensor cosine = divide(dot, multiply(a_norm, b_norm, at), at);
  const Tensor alike = greater(label, 0.0, at);
  const Tensor distance = subtract(1.0, cosine, at);
  const Tensor excess = relu(subtract(cosine, margin, at), at);
  return mean(select(alike, distance, excess, at), {}, KeepDims::no, at);
}

}  // namespace foregraph::nn
