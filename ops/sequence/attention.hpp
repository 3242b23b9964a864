#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/kernels/sequence/attention_block.hpp>
#include <foregraph/detail/ops/activation/softmax.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/linear/matmul.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>
#include <foregraph/detail/ops/shape/iota.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind attention_operands_do_not_match{
    "queries, keys and values do not match",
    "q[...,T,D], k[...,S,D] and v[...,S,E] of the same dtype with the same leading axes"};
inline constexpr FaultKind causal_attention_is_of_one_sequence{
    "the numbers of keys and queries differ",
    "causal attention of a sequence to itself, with T equal to S"};
}  // namespace fault

namespace attention {

constexpr const FaultKind* operand_fault(std::span<const Operand> in,
                                         const Attributes& attributes) {
  const Shape& q = in[0].shape;
  const Shape& k = in[1].shape;
  const Shape& v = in[2].shape;
  if (!is_floating(in[0].dtype)) return &fault::dtype_is_not_supported;
  bool ok = q.rank >= 2 && k.rank == q.rank && v.rank == q.rank && k[-1] == q[-1] &&
            v[-2] == k[-2] && q[-1].is_constant() && v[-1].is_constant();
  for (const Operand& each : in) ok = ok && each.dtype == in[0].dtype;
  for (int i = 0; ok && i < q.rank - 2; ++i) ok = k[i] == q[i] && v[i] == q[i];
  if (ok && in.size() > 3) {
    Shape result = q;
    result.set(q.rank - 1, v[-1]);
    ok = in[3].shape == result;
  }
  if (!ok) return &fault::attention_operands_do_not_match;
  if (attributes.integers[0] != 0 && q[-2] != k[-2])
    return &fault::causal_attention_is_of_one_sequence;
  return nullptr;
}
/// Returns the shape of operand `Like` as the result's.
template <std::size_t Like>
constexpr Inferred infer_like(std::span<const Operand> in, const Attributes& attributes) {
  if (const FaultKind* bad = operand_fault(in, attributes)) return Inferred::failed(*bad);
  return {in[Like].shape, in[0].dtype};
}
/// Returns the scratch memory in bytes: `Count` blocks of rows of scores.
template <std::int64_t Count>
constexpr Dim workspace(std::span<const Operand> in, const Operand&, const Attributes&) {
  const Dim t = in[0].shape[-2];
  const std::int64_t rows = t.is_constant() && t.constant < block_rows ? t.constant : block_rows;
  return multiply(in[1].shape[-2], Dim{Count * rows * bytes_per_element(in[0].dtype)}).value;
}
/// Returns the FLOPs: `Keys` products with a query or key, and `Values` with a value, for each pair
/// of a query and a key.
template <std::int64_t Keys, std::int64_t Values>
constexpr Dim flops(std::span<const Operand> in, const Operand&, const Attributes&) {
  const Dim s = in[1].shape[-2];
  Shape values = in[0].shape;
  values.set(values.rank - 1, in[2].shape[-1]);
  const Dim keys = multiply(in[0].shape.elements(), s).value;
  return multiply(keys, Dim{2 * Keys}).value +
         multiply(multiply(values.elements(), s).value, Dim{2 * Values}).value;
}

/// Probabilities, and the derivative with respect to the scores, as ordinary ops: for second-order
/// derivatives, where [...,T,S] is materialised.
struct Parts {
  Tensor q, k, v, cotangent;
  Location at;
  double scale;
  Tensor probabilities{};

  constexpr explicit Parts(Tensor t)
      : q(elementwise::operand(t, 0)),
        k(elementwise::operand(t, 1)),
        v(elementwise::operand(t, 2)),
        cotangent(elementwise::operand(t, 3)),
        at(t.graph->node(t.id).at),
        scale(t.graph->node(t.id).attributes.number) {
    Graph& g = *t.graph;
    const bool causal = g.node(t.id).attributes.integers[0] != 0;
    const Dim queries = q.shape()[-2];
    Tensor scores = multiply(matmul(q, k, {false, true}, at), scale, at);
    if (causal) {
      const Tensor column = iota(g, queries, i32, at);
      const Tensor row = reshape(column, {queries, Dim{1}}, at);
      const Tensor later = greater(column, row, at);
      scores = select(later, g.constant(-1e30, q.dtype(), at), scores, at);
    }
    probabilities = softmax(scores, -1, at);
  }
  [[nodiscard]] constexpr Tensor score_changes() const {
    const Tensor change = matmul(cotangent, v, {false, true}, at);
    const Tensor weighted = multiply(change, probabilities, at);
    const Tensor mix = sum(weighted, {-1}, KeepDims::yes, at);
    const Tensor rest = subtract(change, mix, at);
    return multiply(multiply(probabilities, rest, at), scale, at);
  }
};

}  // namespace attention

/// attention: softmax(scale * q . k^T) . v for each matrix of a stack, with rows of scores computed
/// in blocks and never stored (Vaswani and others, 2017; Rabe and Staats, Self-attention Does Not
/// Need O(n^2) Memory, 2021, of which this implements the part for queries). T[...,T,D],
/// T[...,S,D], T[...,S,E] -> T[...,T,E] for T in f32, f64. Backward keeps q, k and v, and
/// recomputes the probabilities: once if these have one shape and all derivatives are requested
/// (attention_gradients), otherwise in one op per derivative. In place over q. Attributes:
/// integers[0] is 1 if it is causal (query t attends to keys 0 to t), number is the scale; as in
/// the gradients.
struct AttentionKernel;

/// Derivative with respect to the queries; operands are q, k, v and the cotangent. In place over q
/// or the cotangent.
struct AttentionQueryGradientKernel;

/// Derivative with respect to the keys; operands are q, k, v and the cotangent.
struct AttentionKeyGradientKernel;

/// Derivative with respect to the values; operands are q, k, v and the cotangent.
struct AttentionValueGradientKernel;

/// All three derivatives if q, k and v have one shape, [3,...,T,D]: the probabilities are computed
/// once.
struct AttentionGradientsKernel;

FOREGRAPH_EXPORT inline constexpr OpDef attention_query_gradient_op{
    .name = "attention_query_gradient",
    .arity = 4,
    .infer = attention::infer_like<0>,
    .decompose =
        [](Tensor t) {
          const attention::Parts parts(t);
          return matmul(parts.score_changes(), parts.k, {}, parts.at);
        },
    .flops = attention::flops<2, 1>,
    .workspace_bytes = attention::workspace<2>,
    .workspace_per_thread = true,
    .in_place = 9,
    .kernels = &Kernels<AttentionQueryGradientKernel>::table,
    .doc = {"f[...,T,D], f[...,S,D], f[...,S,E], f[...,T,E] -> f[...,T,D]", "T*S*(4*D+2*E)"}};

FOREGRAPH_EXPORT inline constexpr OpDef attention_key_gradient_op{
    .name = "attention_key_gradient",
    .arity = 4,
    .infer = attention::infer_like<1>,
    .decompose =
        [](Tensor t) {
          const attention::Parts parts(t);
          return matmul(parts.score_changes(), parts.q, {true, false}, parts.at);
        },
    .flops = attention::flops<2, 1>,
    .workspace_bytes = attention::workspace<2>,
    .workspace_per_thread = true,
    .kernels = &Kernels<AttentionKeyGradientKernel>::table,
    .doc = {"f[...,T,D], f[...,S,D], f[...,S,E], f[...,T,E] -> f[...,S,D]", "T*S*(4*D+2*E)"}};

FOREGRAPH_EXPORT inline constexpr OpDef attention_value_gradient_op{
    .name = "attention_value_gradient",
    .arity = 4,
    .infer = attention::infer_like<2>,
    .decompose =
        [](Tensor t) {
          const attention::Parts parts(t);
          return matmul(parts.probabilities, parts.cotangent, {true, false}, parts.at);
        },
    .flops = attention::flops<1, 1>,
    .workspace_bytes = attention::workspace<1>,
    .workspace_per_thread = true,
    .kernels = &Kernels<AttentionValueGradientKernel>::table,
    .doc = {"f[...,T,D], f[...,S,D], f[...,S,E], f[...,T,E] -> f[...,S,E]", "2*T*S*(D+E)"}};

FOREGRAPH_EXPORT inline constexpr OpDef attention_gradients_op{
    .name = "attention_gradients",
    .arity = 4,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (const FaultKind* bad = attention::operand_fault(in, attributes))
            return Inferred::failed(*bad);
          if (in[1].shape != in[0].shape || in[2].shape != in[0].shape)
            return Inferred::failed(fault::shapes_differ);
          Shape result{Dim{3}};
          for (int i = 0; i < in[0].shape.rank; ++i) result.push_back(in[0].shape[i]);
          return Inferred{result, in[0].dtype};
        },
    .decompose =
        [](Tensor t) {
          const attention::Parts parts(t);
          const Tensor change = parts.score_changes();
          Shape one = parts.q.shape();
          Shape kept{Dim{1}};
          for (int i = 0; i < one.rank; ++i) kept.push_back(one[i]);
          const Tensor by_query = reshape(matmul(change, parts.k, {}, parts.at), kept, parts.at);
          const Tensor by_key =
              reshape(matmul(change, parts.q, {true, false}, parts.at), kept, parts.at);
          const Tensor by_value =
              reshape(matmul(parts.probabilities, parts.cotangent, {true, false}, parts.at), kept,
                      parts.at);
          return concat({by_query, by_key, by_value}, 0, parts.at);
        },
    .flops = attention::flops<3, 2>,
    .workspace_bytes = attention::workspace<2>,
    .workspace_per_thread = true,
    .kernels = &Kernels<AttentionGradientsKernel>::table,
    .doc = {"f[...,T,D], f[...,T,D], f[...,T,D], f[...,T,D] -> f[3,...,T,D]", "10*T*T*D"}};

namespace attention {
/// Sets the cotangents of q, k and v, of one shape, by one op: each is a view of its result.
constexpr void vjp_at_once(Vjp& v) {
  const Shape shape = v.input(0).shape();
  const Tensor all =
      v.output.graph->append(attention_gradients_op,
                             {v.input(0), v.input(1), v.input(2), v.cotangent}, v.attributes, v.at);
  for (int i = 0; i < 3; ++i) v.set(i, reshape(slice(all, 0, i, i + 1, 1, v.at), shape, v.at));
}
}  // namespace attention

FOREGRAPH_EXPORT inline constexpr OpDef attention_op{
    .name = "attention",
    .arity = 3,
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          Inferred result = attention::infer_like<0>(in, attributes);
          if (result.fault == nullptr) result.shape.set(result.shape.rank - 1, in[2].shape[-1]);
          return result;
        },
    .vjp =
        [](Vjp& v) {
          constexpr std::array<const OpDef*, 3> rules{&attention_query_gradient_op,
                                                      &attention_key_gradient_op,
                                                      &attention_value_gradient_op};
          const Shape shape = v.input(0).shape();
          if (v.wants(0) && v.wants(1) && v.wants(2) && v.input(1).shape() == shape &&
              v.input(2).shape() == shape && shape.rank < Shape::max_rank)
            return attention::vjp_at_once(v);
          for (int i = 0; i < 3; ++i)
            if (v.wants(i))
              v.set(i, v.output.graph->append(*rules[static_cast<std::size_t>(i)],
                                              {v.input(0), v.input(1), v.input(2), v.cotangent},
                                              v.attributes, v.at));
        },
    .flops = attention::flops<1, 1>,
    .workspace_bytes = attention::workspace<1>,
    .workspace_per_thread = true,
    .samples = samples::of_every_axis_0,
    .in_place = 1,
    .kernels = &Kernels<AttentionKernel>::table,
    .doc = {"f[...,T,D], f[...,S,D], f[...,S,E] -> f[...,T,E]", "2*T*S*(D+E)"}};

/// Options of scaled_dot_product_attention().
struct AttentionOptions {
  /// Lets each position see only those before it and itself.
  bool causal = false;
  double scale = 0;  ///< of the scores; 0 means 1 / sqrt(D)
};

/// Returns softmax(scale * q . k^T) . v. f[...,T,D], f[...,S,D], f[...,S,E] -> f[...,T,E]; the
/// leading axes, such as batch and heads, must be equal.
[[nodiscard]] constexpr Tensor scaled_dot_product_attention(Tensor q, Tensor k, Tensor v,
                                                            AttentionOptions options = {},
                                                            Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = options.causal ? 1 : 0;
  const auto d = static_cast<double>(q.shape()[-1].at(1));
  attributes.number = options.scale != 0 ? options.scale : 1 / detail::constexpr_sqrt(d);
  return graph_of(q, attention_op, at).append(attention_op, {q, k, v}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(attention_op, AttentionKernel)
FOREGRAPH_REGISTER_KERNEL(attention_query_gradient_op, AttentionQueryGradientKernel)
FOREGRAPH_REGISTER_KERNEL(attention_key_gradient_op, AttentionKeyGradientKernel)
FOREGRAPH_REGISTER_KERNEL(attention_value_gradient_op, AttentionValueGradientKernel)
FOREGRAPH_REGISTER_KERNEL(attention_gradients_op, AttentionGradientsKernel)

}  // namespace foregraph
