#include <foregraph/detail/ops/activation/log_softmax.hpp>
#include <foregraph/detail/ops/activation/logsumexp.hpp>
#include <foregraph/detail/ops/activation/softmax.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/abs.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/log.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/square.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/argmax.hpp>
#include <foregraph/detail/ops/reduction/cumsum.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>
#include <foregraph/detail/ops/reduction/reduce_max.hpp>
#include <foregraph/detail/ops/reduction/reduce_prod.hpp>
#include <foregraph/detail/ops/reduction/top_k.hpp>
#include <foregraph/detail/ops/shape/flip.hpp>
#include <foregraph/detail/ops/shape/one_hot.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>
#include <foregraph/detail/ops/shape/take_along_axis.hpp>

#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {

namespace reduction_rule {

Tensor unchanged(Tensor x) {
  return x;
}

/// A reduction over axes of a list, with the axes in whichever order they lie. `of_one` is that of
/// a single element, which is what remains if no axes shall be reduced.
template <class F>
void reduced(Op& o, const F& f, Tensor (*of_one)(Tensor) = unchanged) {
  const std::vector<std::int64_t> axes = o.integers("axes", 1);
  if (axes.empty() && o.integer("noop_with_empty_axes") != 0)
    return give_like(o, 0, of_one(o.placed(0)));
  const bool keep = o.integer("keepdims", 1) != 0;
  const bool is_joined = !o.known(0).joined.empty();
  const Order order = is_joined ? Order::plain(o.rank(0)) : o.order(0);
  const Axes mapped = axes_in(order, axes);
  const Tensor result = f(o.in_order(0, order), mapped, keep ? KeepDims::yes : KeepDims::no);
  if (keep) return o.give(result, order);
  // The axes that are left, numbered anew.
  std::vector<bool> is_gone(static_cast<std::size_t>(order.rank), axes.empty());
  for (const std::int64_t axis : axes)
    is_gone[static_cast<std::size_t>(from_front(axis, order.rank))] = true;
  Order left;
  for (int i = 0; i < order.rank; ++i) {
    const int axis = order.axes[static_cast<std::size_t>(i)];
    if (is_gone[static_cast<std::size_t>(axis)]) continue;
    int number = 0;
    for (int before = 0; before < axis; ++before)
      number += is_gone[static_cast<std::size_t>(before)] ? 0 : 1;
    left.axes[static_cast<std::size_t>(left.rank++)] = number;
  }
  o.give(result, left);
}
template <Tensor (*f)(Tensor, Axes, KeepDims, Location)>
void reduce(Op& o) {
  reduced(o,
          [](Tensor x, Axes axes, KeepDims keep) { return f(x, axes, keep, Location::current()); });
}

/// Before version 13 the operand was made a matrix first, of rows that begin with the axis.
template <Tensor (*f)(Tensor, int, Location)>
void along_axis(Op& o) {
  const int rank = o.rank(0);
  const int axis = from_front(o.integer("axis", o.opset() < 13 ? 1 : -1), rank);
  std::int64_t others = 1;
  for (int i = axis + 1; i < rank; ++i) others *= fixed_size(o.shape(0)[i]);
  if (o.opset() >= 13 || others == 1) {
    const bool is_joined = !o.known(0).joined.empty();
    const Order order = is_joined ? Order::plain(rank) : o.order(0);
    return o.give(f(o.in_order(0, order), order.position_of(axis), Location::current()), order);
  }
  const std::int64_t row = others * o.dim(0, axis);
  const Tensor rows = reshape(o[0], {divided(o.shape(0).elements(), row), row});
  const Tensor result = f(rows, 1, Location::current());
  o.give(reshape(result, o.shape(0)));
}

}  // namespace reduction_rule

Rules reduction_rules() {
  using namespace reduction_rule;
  return {
      {"ReduceSum",
       [](Op& o) { reduced(o, [](Tensor x, Axes a, KeepDims k) { return sum(x, a, k); }); }},
      {"ReduceMean",
       [](Op& o) { reduced(o, [](Tensor x, Axes a, KeepDims k) { return mean(x, a, k); }); }},
      {"ReduceSumSquare",
       [](Op& o) {
         reduced(
             o, [](Tensor x, Axes a, KeepDims k) { return sum(square(x), a, k); },
             [](Tensor x) { return square(x); });
       }},
      {"ReduceL2",
       [](Op& o) {
         reduced(
             o, [](Tensor x, Axes a, KeepDims k) { return sqrt(sum(square(x), a, k)); },
             [](Tensor x) { return abs(x); });
       }},
      {"ReduceLogSum",
       [](Op& o) {
         reduced(
             o, [](Tensor x, Axes a, KeepDims k) { return log(sum(x, a, k)); },
             [](Tensor x) { return log(x); });
       }},
      {"ReduceL1",
       [](Op& o) {
         reduced(
             o, [](Tensor x, Axes a, KeepDims k) { return sum(abs(x), a, k); },
             [](Tensor x) { return abs(x); });
       }},
      {"ReduceMax", reduce<reduce_max>},
      {"ReduceMin", reduce<reduce_min>},
      {"ReduceProd", reduce<reduce_prod>},
      {"ReduceLogSumExp", reduce<logsumexp>},
      {"Softmax", along_axis<softmax>},
      {"LogSoftmax", along_axis<log_softmax>},
      {"CumSum",
       [](Op& o) {
         const int axis = static_cast<int>(o.integers(1).at(0));
         o.give(cumsum(o[0], axis, o.integer("exclusive") != 0, o.integer("reverse") != 0));
       }},
  };
}

}  // namespace foregraph::onnx
