#include <foregraph/detail/nn/losses/softmax_cross_entropy.hpp>
#include <foregraph/detail/ops/activation/log_softmax.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>
#include <foregraph/detail/ops/shape/gather.hpp>
#include <foregraph/detail/ops/shape/take_along_axis.hpp>

#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {

namespace loss_rule {

/// Minus the logarithm at the label times the label's weight, of T[N,C,...] and i[N,...]; an
/// ignored label weighs nothing.
Tensor negative_log_likelihood(const Op& o, Tensor log_probabilities) {
  Tensor labels = o[1];
  const Tensor one = o.graph().constant(1, o.dtype(0));
  Tensor weights = broadcast_to(one, labels.shape());
  const bool ignores = o.has("ignore_index");
  const bool weighted = o.has(2);
  if (ignores) {
    const Tensor ignored = equal(labels, static_cast<double>(o.integer("ignore_index")));
    labels = select(ignored, o.graph().constant(0, labels.dtype()), labels);
    if (weighted) weights = gather(o[2], labels);
    const Tensor zero = o.graph().constant(0, o.dtype(0));
    weights = select(ignored, zero, weights);
  } else if (weighted) {
    weights = gather(o[2], labels);
  }
  Shape with_class = labels.shape();
  with_class.rank += 1;
  for (int i = with_class.rank - 1; i > 1; --i) with_class.set(i, with_class[i - 1]);
  with_class.set(1, 1);
  const Tensor at_label = take_along_axis(log_probabilities, reshape(labels, with_class), 1);
  const Tensor losses = negate(multiply(reshape(at_label, labels.shape()), weights));
  const std::string reduction = o.text("reduction", "mean");
  if (reduction == "none") return losses;
  if (reduction == "mean" && !ignores && !weighted) return mean(losses);
  const Tensor total = sum(losses);
  return reduction == "sum" ? total : divide(total, sum(weights));
}

}  // namespace loss_rule

Rules loss_rules() {
  using namespace loss_rule;
  return {
      {"NegativeLogLikelihoodLoss", [](Op& o) { o.give(negative_log_likelihood(o, o[0])); }},
      {"SoftmaxCrossEntropyLoss",
       [](Op& o) {
         const Tensor log_probabilities = log_softmax(o[0], 1);
         const bool plain = o.rank(0) == 2 && !o.has(2) && !o.has("ignore_index") &&
                            o.text("reduction", "mean") == "mean";
         o.give(plain ? nn::softmax_cross_entropy(o[0], o[1])
                      : negative_log_likelihood(o, log_probabilities));
         o.give(log_probabilities);
       }},
  };
}

}  // namespace foregraph::onnx
