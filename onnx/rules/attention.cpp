#include <cmath>
#include <foregraph/detail/onnx/rules/attention.hpp>
#include <foregraph/detail/ops/activation/softmax.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/linear/batch_matmul.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/sequence/attention.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>

namespace foregraph::onnx {
namespace attention_rule {

/// Scores that mean "not at all": e to that power is 0 beside any other.
constexpr double hidden = -1e4;

Tensor operand(Tensor t, int i) {
  return {t.graph, t.graph->inputs_of(t.id)[static_cast<std::size_t>(i)]};
}
bool is(Tensor t, const OpDef& op) {
  return t.graph->node(t.id).op == &op;
}
Tensor without_broadcast(Tensor t) {
  return is(t, broadcast_op) ? operand(t, 0) : t;
}
std::optional<double> number_of(Tensor t) {
  const Tensor inner = without_broadcast(t);
  if (!is(inner, leaf::constant_op)) return std::nullopt;
  return t.graph->node(inner.id).attributes.number;
}

/// True if the elements for query i and key j are what `is_right(element, j <= i)` says.
template <class Test>
bool is_causal(const Constant* mask, const Shape& scores, const Test& is_right) {
  if (mask == nullptr || mask->shape.rank < 2) return false;
  const std::int64_t queries = scores[-2].constant;
  const std::int64_t keys = scores[-1].constant;
  if (!scores[-1].is_constant() || queries != keys || mask->shape[-1] != scores[-1] ||
      mask->shape[-2] != scores[-2] || mask->shape.elements() != Dim{queries * keys})
    return false;
  for (std::int64_t i = 0; i < queries; ++i)
    for (std::int64_t j = 0; j < keys; ++j) {
      const Element& element = mask->at(i * keys + j);
      if (!element.is_number() || !is_right(element.constant, j <= i)) return false;
    }
  return true;
}

/// Takes a causal mask away from the scores.
std::optional<Tensor> unmasked(const Importer& importer, Tensor scores) {
  const Shape& shape = scores.shape();
  const auto constant_at = [&](int i) {
    return importer.constant_of(without_broadcast(operand(scores, i)).id);
  };
  if (is(scores, select_op)) {
    for (const int hides : {1, 2}) {
      const std::optional<double> low = number_of(operand(scores, hides));
      if (!low || !(*low <= hidden)) continue;
      const bool shows = hides == 2;  // the condition is true where a key is seen
      if (is_causal(constant_at(0), shape,
                    [&](double truth, bool seen) { return (truth != 0) == (seen == shows); }))
        return operand(scores, 3 - hides);
    }
    return std::nullopt;
  }
  if (is(scores, add_op))
    for (const int mask : {0, 1})
      if (is_causal(constant_at(mask), shape,
                    [](double added, bool seen) { return seen ? added == 0 : added <= hidden; }))
        return operand(scores, 1 - mask);
  return std::nullopt;
}

}  // namespace attention_rule

std::optional<Tensor> attention_of(const Importer& importer, Tensor weights, Tensor v) {
  using namespace attention_rule;
  const int rank = weights.shape().rank;
  const Graph& graph = *weights.graph;
  if (rank < 3 || v.shape().rank != rank || !is(weights, softmax_op)) return std::nullopt;
  const Attributes& softmax = graph.node(weights.id).attributes;
  if (softmax.integers[0] != rank - 1 || softmax.integers[1] != 0) return std::nullopt;
  Tensor scores = operand(weights, 0);
  bool causal = false;
  if (const std::optional<Tensor> rest = unmasked(importer, scores)) {
    causal = true;
    scores = *rest;
  }
  double scale = 1;
  for (const int i : {0, 1}) {
    if (is(scores, multiply_op)) {
      const std::optional<double> factor = number_of(operand(scores, i));
      if (!factor) continue;
      scale = *factor;
      scores = operand(scores, 1 - i);
      break;
    }
    if (i == 1 && is(scores, divide_op)) {
      const std::optional<double> divisor = number_of(operand(scores, 1));
      if (!divisor || *divisor == 0) return std::nullopt;
      scale = 1 / *divisor;
      scores = operand(scores, 0);
      break;
    }
  }
  if (!is(scores, batch_matmul_op) || !(scale != 0)) return std::nullopt;
  const Attributes& product = graph.node(scores.id).attributes;
  if (product.integers[0] != 0) return std::nullopt;
  const Tensor q = operand(scores, 0);
  Tensor k = operand(scores, 1);
  if (k.shape().rank != rank || q.shape().rank != rank) return std::nullopt;
  for (int i = 0; i + 2 < rank; ++i)
    if (q.shape()[i] != k.shape()[i] || q.shape()[i] != v.shape()[i]) return std::nullopt;
  if (product.integers[1] == 0) {
    std::vector<int> axes;
    for (int i = 0; i + 2 < rank; ++i) axes.push_back(i);
    axes.push_back(rank - 1);
    axes.push_back(rank - 2);
    k = permute(k, axes);
  }
  return scaled_dot_product_attention(q, k, v, {.causal = causal, .scale = scale});
}

}  // namespace foregraph::onnx
