#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/kernels/losses/blockwise_layout.hpp>
#include <foregraph/detail/nn/losses/softmax_cross_entropy.hpp>
#include <foregraph/detail/ops/linear/matmul.hpp>
#include <foregraph/detail/ops/math/add.hpp>

namespace foregraph::fault {
inline constexpr FaultKind blockwise_loss_operands_do_not_match{
    "the operands of a blockwise loss do not match",
    "x f[rows,K], one label i[...] per row, weight f[K,V] (f[V,K] if transposed), then a bias "
    "f[V] if there is one and, for gradients, a cotangent of the labels' shape"};
}  // namespace foregraph::fault

namespace foregraph::blockwise {

/// Positions of the results of blockwise_softmax_cross_entropy_gradients, in elements: the gradient
/// of the weight, that of the bias, the loss of each row, the gradient of x. Each begins at a
/// multiple of 64 bytes for every batch, so that each is a view; results that grow with the batch
/// come last.
struct Layout {
  Dim bias_begin{};
  Dim losses_begin{};
  Dim x_begin{};
  Dim size{};

  constexpr Layout(Dim rows, Dim inner, Dim classes, std::int64_t wanted_results) {
    if ((wanted_results & by_weight) != 0) bias_begin = padded(multiply(inner, classes).value);
    losses_begin = bias_begin;
    if ((wanted_results & by_bias) != 0) losses_begin = losses_begin + padded(classes);
    x_begin = losses_begin + padded(rows);
    size = x_begin;
    if ((wanted_results & by_x) != 0) size = size + multiply(rows, inner).value;
  }

 private:
  [[nodiscard]] static constexpr Dim padded(Dim elements) {
    if (!elements.is_known()) return elements;
    return {blockwise::padded(elements.constant), blockwise::padded(elements.per_sample)};
  }
};

/// Sizes of the product.
struct Sizes {
  Dim rows{};
  Dim inner{};
  Dim classes{};
};
[[nodiscard]] constexpr Sizes sizes_of(std::span<const Operand> in, const Attributes& attributes) {
  const bool transposed = attributes.integers[weight_transposed] != 0;
  return {in[0].shape[0], in[0].shape[1], in[2].shape[transposed ? 0 : 1]};
}

[[nodiscard]] constexpr const FaultKind* operand_fault(std::span<const Operand> in,
                                                       const Attributes& attributes,
                                                       bool has_cotangent) {
  const bool biased = attributes.integers[has_bias] != 0;
  const std::size_t count = 3U + (biased ? 1U : 0U) + (has_cotangent ? 1U : 0U);
  if (in.size() != count || attributes.integers[block_rows] < 1)
    return &fault::blockwise_loss_operands_do_not_match;
  if (!is_floating(in[0].dtype)) return &fault::dtype_is_not_supported;
  bool match = in[0].shape.rank == 2 && in[2].shape.rank == 2 && in[0].shape[1].is_constant();
  match = match && (in[1].dtype == i32 || in[1].dtype == i64) &&
          in[1].shape.elements() == in[0].shape[0];
  const bool transposed = attributes.integers[weight_transposed] != 0;
  match = match && in[2].shape[transposed ? 1 : 0] == in[0].shape[1];
  const Dim classes = in[2].shape[transposed ? 0 : 1];
  match = match && classes.is_constant();
  if (biased) match = match && in[3].shape == Shape{classes};
  if (has_cotangent) match = match && in[count - 1].shape == in[1].shape;
  if (!match) return &fault::blockwise_loss_operands_do_not_match;
  for (std::size_t i = 2; i < count; ++i)
    if (in[i].dtype != in[0].dtype) return &fault::dtypes_differ;
  return nullptr;
}

/// Returns the bytes of one block of logits.
constexpr Dim workspace(std::span<const Operand> in, const Operand& out,
                        const Attributes& attributes) {
  return multiply(sizes_of(in, attributes).classes,
                  Dim{attributes.integers[block_rows] * bytes_per_element(out.dtype)})
      .value;
}

/// Returns the FLOPs of `products` products and `each` operations per logit.
[[nodiscard]] constexpr Dim flops(std::span<const Operand> in, const Attributes& attributes,
                                  std::int64_t products, std::int64_t each) {
  const Sizes s = sizes_of(in, attributes);
  const Dim of_logit = multiply(s.inner, Dim{2 * products}).value + Dim{each};
  return multiply(multiply(s.rows, s.classes).value, of_logit).value;
}

}  // namespace foregraph::blockwise

namespace foregraph {

/// blockwise_softmax_cross_entropy: the loss of each row of softmax_cross_entropy(x . w + bias),
/// whose logits f[rows,V] are computed by blocks of rows in the workspace and never exist whole.
/// T[rows,K], i[...], T[K,V] or T[V,K], T[V] if there is a bias -> T[...], the labels' shape, for T
/// in f32, f64. Equal to the separate ops to rounding, and to the bit for any number of threads. A
/// label outside [0, V) throws IndexError before anything is computed. Attributes: see Attribute;
/// number is the label smoothing.
struct BlockwiseSoftmaxCrossEntropyKernel;

/// blockwise_softmax_cross_entropy_gradients: the losses and, from the same blocks of logits, the
/// gradients with respect to x, the weight and the bias, as far as wanted, in one array (see
/// blockwise::Layout). The last operand is the cotangent of the losses, which must be known before
/// them, as it is for a mean; so a training step computes the logits once, as Liger-Kernel's fused
/// linear cross-entropy does (Hsu and others, Liger Kernel: Efficient Triton Kernels for LLM
/// Training, 2024; compare Wijmans and others, Cut Your Losses in Large-Vocabulary Language Models,
/// 2024). Made by passes after differentiation; has no derivatives.
struct BlockwiseSoftmaxCrossEntropyGradientsKernel;

FOREGRAPH_EXPORT inline constexpr OpDef blockwise_softmax_cross_entropy_op{
    .name = "blockwise_softmax_cross_entropy",
    .arity = -1,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (const FaultKind* bad = blockwise::operand_fault(in, attributes, false))
            return Inferred::failed(*bad);
          return Inferred{in[1].shape, in[0].dtype};
        },
    .decompose =
        [](Tensor y) {
          Graph& g = *y.graph;
          const Location at = g.node(y.id).at;
          const Attributes own = g.node(y.id).attributes;
          const Tensor labels = elementwise::operand(y, 1);
          const bool transposed = own.integers[blockwise::weight_transposed] != 0;
          Tensor logits = matmul(elementwise::operand(y, 0), elementwise::operand(y, 2),
                                 {false, transposed}, at);
          if (own.integers[blockwise::has_bias] != 0)
            logits = add(logits, elementwise::operand(y, 3), at);
          Shape shape = labels.shape();
          shape.push_back(logits.shape()[1]);
          logits = reshape(logits, shape, at);
          Attributes attributes;
          attributes.integers[0] = own.integers[blockwise::wide_labels];
          attributes.number = own.number;
          return g.append(softmax_cross_entropy_op, {logits, labels}, attributes, at);
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes& attributes) { return blockwise::flops(in, attributes, 1, 5); },
    .workspace_bytes = blockwise::workspace,
    .kernels = &Kernels<BlockwiseSoftmaxCrossEntropyKernel>::table,
    .doc = {"f[R,K], i[...], f[K,V], f[V] -> f[...]", "R*V*(2*K+5)"}};

FOREGRAPH_EXPORT inline constexpr OpDef blockwise_softmax_cross_entropy_gradients_op{
    .name = "blockwise_softmax_cross_entropy_gradients",
    .arity = -1,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (const FaultKind* bad = blockwise::operand_fault(in, attributes, true))
            return Inferred::failed(*bad);
          const blockwise::Sizes s = blockwise::sizes_of(in, attributes);
          const blockwise::Layout layout(s.rows, s.inner, s.classes,
                                         attributes.integers[blockwise::wanted]);
          return Inferred{{layout.size}, in[0].dtype};
        },
    .flops =
        [](std::span<const Operand> in, const Operand&, const Attributes& attributes) {
          const std::int64_t wanted = attributes.integers[blockwise::wanted];
          const std::int64_t products = 1 + ((wanted & blockwise::by_x) != 0 ? 1 : 0) +
                                        ((wanted & blockwise::by_weight) != 0 ? 1 : 0);
          return blockwise::flops(in, attributes, products,
                                  (wanted & blockwise::by_bias) != 0 ? 9 : 8);
        },
    .workspace_bytes = blockwise::workspace,
    .kernels = &Kernels<BlockwiseSoftmaxCrossEntropyGradientsKernel>::table,
    .doc = {"f[R,K], i[...], f[K,V], f[V], f[...] -> f[K*V + V + R + R*K]", "R*V*(6*K+9)"}};

FOREGRAPH_REGISTER_KERNEL(blockwise_softmax_cross_entropy_op, BlockwiseSoftmaxCrossEntropyKernel)
FOREGRAPH_REGISTER_KERNEL(blockwise_softmax_cross_entropy_gradients_op,
                          BlockwiseSoftmaxCrossEntropyGradientsKernel)

}  // namespace foregraph
