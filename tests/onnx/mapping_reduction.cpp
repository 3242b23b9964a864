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

#include "onnx/mapping.hpp"

namespace foregraph::onnx_tests {

namespace {

KeepDims keep_of(const Op& o) {
  return o.i("keepdims", 1) != 0 ? KeepDims::yes : KeepDims::no;
}

template <Tensor (*f)(Tensor, Axes, KeepDims, Location)>
void reduce(Op& o) {
  o.give(f(o[0], axes_of(o.ints("axes", 1)), keep_of(o), Location::current()));
}
template <Tensor (*f)(Tensor, int, KeepDims, DType, Location)>
void arg_extreme(Op& o) {
  const int axis = from_front(o.i("axis"), o.rank(0));
  const bool last = o.i("select_last_index") != 0;
  const Tensor x = last ? flip(o[0], axis) : o[0];
  const Tensor index = f(x, axis, keep_of(o), i64, Location::current());
  o.give(last ? subtract(static_cast<double>(o.dim(0, axis) - 1), index) : index);
}
/// Before version 13 the operand was made a matrix first, of rows that begin with the axis.
template <Tensor (*f)(Tensor, int, Location)>
void along_axis(Op& o) {
  const int axis = from_front(o.i("axis", o.opset() < 13 ? 1 : -1), o.rank(0));
  if (o.opset() >= 13 || axis == o.rank(0) - 1) return o.give(f(o[0], axis, Location::current()));
  std::int64_t row = 1;
  for (int i = axis; i < o.rank(0); ++i) row *= o.dim(0, i);
  const Tensor rows = reshape(o[0], {divided(o.shape(0).elements(), row), row});
  const Tensor result = f(rows, 1, Location::current());
  o.give(reshape(result, o.shape(0)));
}
/// The last axis becomes axis `axis`.
Tensor last_axis_to(Tensor x, int axis) {
  std::vector<int> axes;
  for (int i = 0; i + 1 < x.shape().rank; ++i) axes.push_back(i);
  axes.insert(axes.begin() + axis, x.shape().rank - 1);
  return permute(x, axes);
}

}  // namespace

Mappings reduction_mappings() {
  return {
      {"ReduceSum",
       [](Op& o) {
         const std::vector<std::int64_t> axes = o.ints("axes", 1);
         if (axes.empty() && o.i("noop_with_empty_axes") != 0) return o.give(o[0]);
         o.give(sum(o[0], axes_of(axes), keep_of(o)));
       }},
      {"ReduceMean", [](Op& o) { o.give(mean(o[0], axes_of(o.ints("axes", 1)), keep_of(o))); }},
      {"ReduceSumSquare",
       [](Op& o) {
         const Tensor square = multiply(o[0], o[0]);
         o.give(sum(square, axes_of(o.ints("axes", 1)), keep_of(o)));
       }},
      {"ReduceL2",
       [](Op& o) {
         const Tensor square = multiply(o[0], o[0]);
         const Tensor total = sum(square, axes_of(o.ints("axes", 1)), keep_of(o));
         o.give(sqrt(total));
       }},
      {"ReduceLogSum",
       [](Op& o) {
         const Tensor total = sum(o[0], axes_of(o.ints("axes", 1)), keep_of(o));
         o.give(log(total));
       }},
      {"ReduceL1",
       [](Op& o) {
         const Tensor size = abs(o[0]);
         o.give(sum(size, axes_of(o.ints("axes", 1)), keep_of(o)));
       }},
      {"ReduceMax", reduce<reduce_max>},
      {"ReduceMin", reduce<reduce_min>},
      {"ReduceProd", reduce<reduce_prod>},
      {"ReduceLogSumExp", reduce<logsumexp>},
      {"Softmax", along_axis<softmax>},
      {"LogSoftmax", along_axis<log_softmax>},
      {"ArgMax", arg_extreme<argmax>},
      {"ArgMin", arg_extreme<argmin>},
      {"CumSum",
       [](Op& o) {
         const int axis = static_cast<int>(o.ints(1).at(0));
         o.give(cumsum(o[0], axis, o.i("exclusive") != 0, o.i("reverse") != 0));
       }},
      {"TopK",
       [](Op& o) {
         const TopK best = top_k(o[0], o.ints(1).at(0), static_cast<int>(o.i("axis", -1)),
                                 o.i("largest", 1) != 0);
         o.give(best.values);
         o.give(best.indices);
       }},
      {"GatherElements",
       [](Op& o) {
         const int axis = from_front(o.i("axis"), o.rank(0));
         o.give(take_along_axis(o[0], counted_from_front(o[1], o.dim(0, axis)), axis));
       }},
      {"OneHot",
       [](Op& o) {
         const std::int64_t depth = o.ints(1).at(0);
         const Tensor indices = counted_from_front(cast(o[0], i64), depth);
         const Tensor hot = one_hot(indices, depth, boolean);
         const Value& values = o.value(2);
         const Tensor on = o.graph().constant(values.values[1], *values.dtype);
         const Tensor last = select(hot, on, values.values[0]);
         o.give(last_axis_to(last, from_front(o.i("axis", -1), o.rank(0) + 1)));
       }},
      {"Hardmax",
       [](Op& o) {
         const int axis = from_front(o.i("axis", o.opset() < 13 ? 1 : -1), o.rank(0));
         const Tensor hot = one_hot(argmax(o[0], axis), o.dim(0, axis), o.dtype(0));
         o.give(last_axis_to(hot, axis));
       }},
  };
}

}  // namespace foregraph::onnx_tests
