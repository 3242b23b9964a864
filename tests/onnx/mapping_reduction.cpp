#include <foregraph/ops/exp.hpp>
#include <foregraph/ops/log.hpp>
#include <foregraph/ops/mean.hpp>
#include <foregraph/ops/multiply.hpp>
#include <foregraph/ops/softmax.hpp>
#include <foregraph/ops/sqrt.hpp>
#include <foregraph/ops/sum.hpp>

#include "onnx/mapping.hpp"

namespace foregraph::onnx_tests {

namespace {

Axes axes_of(const std::vector<std::int64_t>& list) {
  Axes axes;
  axes.all = list.empty();
  for (const std::int64_t axis : list)
    axes.list[static_cast<std::size_t>(axes.count++)] = static_cast<int>(axis);
  return axes;
}
KeepDims keep_of(const Op& o) {
  return o.i("keepdims", 1) != 0 ? KeepDims::yes : KeepDims::no;
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
      {"Softmax",
       [](Op& o) {
         if (from_front(o.i("axis", -1), o.rank(0)) != o.rank(0) - 1) skip("axis is not the last");
         o.give(softmax(o[0]));
       }},
  };
}

}  // namespace foregraph::onnx_tests
