// Ops that read or write elements by their index.
#include <foregraph/detail/onnx/rules/common.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/reduction/argmax.hpp>
#include <foregraph/detail/ops/reduction/top_k.hpp>
#include <foregraph/detail/ops/shape/flip.hpp>
#include <foregraph/detail/ops/shape/gather.hpp>
#include <foregraph/detail/ops/shape/iota.hpp>
#include <foregraph/detail/ops/shape/one_hot.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>
#include <foregraph/detail/ops/shape/squeeze.hpp>
#include <foregraph/detail/ops/shape/take_along_axis.hpp>
#include <foregraph/detail/ops/shape/triangle.hpp>

namespace foregraph::onnx {
namespace indexing_rule {

/// The last axis becomes axis `axis`.
Tensor last_axis_to(Tensor x, int axis) {
  std::vector<int> axes;
  for (int i = 0; i + 1 < x.shape().rank; ++i) axes.push_back(i);
  axes.insert(axes.begin() + axis, x.shape().rank - 1);
  return permuted(x, axes);
}

void gather_rows(Op& o) {
  const int axis = from_front(o.integer("axis"), o.rank(0));
  const Dim size = o.shape(0)[axis];
  // One known position is a slice.
  if (o.is_constant(1) && o.constant(1).is_uniform() && o.constant(1).shape.elements() == Dim{1} &&
      size.is_constant() && o.known(0).parameter == nullptr) {
    std::int64_t at = o.integers(1).at(0);
    if (at < 0) at += size.constant;
    if (at < 0 || at >= size.constant) throw DataError("an index is out of range");
    const Order order = o.known(0).joined.empty() ? o.order(0) : Order::plain(o.rank(0));
    const Tensor x = slice(o.in_order(0, order), order.position_of(axis), at, at + 1);
    if (o.rank(1) == 1) return o.give(x, order);
    if (o.rank(1) > 1) unsupported("an index of several axes");
    Order rest{order.rank - 1, {}};
    std::size_t next = 0;
    for (int i = 0; i < order.rank; ++i)
      if (const int from = order.axes[static_cast<std::size_t>(i)]; from != axis)
        rest.axes[next++] = from > axis ? from - 1 : from;
    Shape shape;
    for (int i = 0; i < x.shape().rank; ++i)
      if (i != order.position_of(axis)) shape.push_back(x.shape()[i]);
    return o.give(reshape(x, shape), rest);
  }
  if (o.is_constant(1)) {
    const Constant& list = o.constant(1);
    const std::vector<std::int64_t> indices = o.integers(1);
    bool is_range = list.shape.rank == 1 && indices.size() > 1;
    for (std::size_t i = 0; is_range && i < indices.size(); ++i)
      is_range = indices[i] == indices[0] + static_cast<std::int64_t>(i);
    if (is_range && indices[0] >= 0)
      return o.give(slice(o[0], axis, indices.front(), indices.back() + 1));
  }
  // Rows of a table that is trained: an index below 0 is a fault in the data, and refused.
  const Tensor table = o[0];
  const bool is_table = o.graph().variable_index(table.id) >= 0;
  o.give(gather(table, is_table ? o[1] : counted_from_front(o[1], size), axis));
}

Tensor reverse_sequence(const Op& o) {
  const int time = from_front(o.integer("time_axis"), o.rank(0));
  const int sample = from_front(o.integer("batch_axis", 1), o.rank(0));
  Shape along_time, along_batch;
  for (int i = 0; i < o.rank(0); ++i) {
    along_time.push_back(i == time ? o.shape(0)[time] : Dim{1});
    along_batch.push_back(i == sample ? o.shape(0)[sample] : Dim{1});
  }
  const Tensor step = reshape(iota(o.graph(), o.dim(0, time), o.dtype(1)), along_time);
  const Tensor length = reshape(o[1], along_batch);
  const Tensor last = subtract(length, 1.0);
  const Tensor reversed = subtract(last, step);
  const Tensor index = select(less(step, length), reversed, step);
  return take_along_axis(o[0], broadcast_to(index, o.shape(0)), time);
}

void top(Op& o) {
  const std::int64_t k = o.opset() < 10 ? o.integer("k") : o.integers(1).at(0);
  const TopK best =
      top_k(o[0], k, static_cast<int>(o.integer("axis", -1)), o.integer("largest", 1) != 0);
  o.give(best.values);
  o.give(best.indices);
}

void one_hot_rows(Op& o) {
  const std::int64_t depth = o.integers(1).at(0);
  const Tensor indices = counted_from_front(cast(o[0], i64), depth);
  const Tensor hot = one_hot(indices, depth, boolean);
  const std::vector<double> values = o.numbers(2);
  const Tensor on = o.graph().constant(values.at(values.size() - 1), o.dtype(2));
  const Tensor last = select(hot, on, values[0]);
  o.give(last_axis_to(last, from_front(o.integer("axis", -1), o.rank(0) + 1)));
}

/// Before version 13 the operand was made a matrix first, of rows that begin with the axis.
void hardmax(Op& o) {
  const int rank = o.rank(0);
  const int axis = from_front(o.integer("axis", o.opset() < 13 ? 1 : -1), rank);
  if (o.opset() >= 13) {
    const Tensor hot = one_hot(argmax(o[0], axis), o.dim(0, axis), o.dtype(0));
    return o.give(last_axis_to(hot, axis));
  }
  std::int64_t row = 1;
  for (int i = axis; i < rank; ++i) row *= o.dim(0, i);
  const Tensor rows = reshape(o[0], {divided(o.shape(0).elements(), row), row});
  const Tensor hot = one_hot(argmax(rows, 1), row, o.dtype(0));
  o.give(reshape(hot, o.shape(0)));
}

template <Tensor (*f)(Tensor, int, KeepDims, DType, Location)>
void arg_extreme(Op& o) {
  const int axis = from_front(o.integer("axis"), o.rank(0));
  const KeepDims keep = o.integer("keepdims", 1) != 0 ? KeepDims::yes : KeepDims::no;
  const bool last = o.integer("select_last_index") != 0;
  const Tensor x = last ? flip(o[0], axis) : o[0];
  const Tensor index = f(x, axis, keep, i64, Location::current());
  o.give(last ? subtract(static_cast<double>(o.dim(0, axis) - 1), index) : index);
}

}  // namespace indexing_rule

Rules indexing_rules() {
  using namespace indexing_rule;
  return {
      {"Gather", gather_rows},
      {"GatherElements",
       [](Op& o) {
         const int axis = from_front(o.integer("axis"), o.rank(0));
         o.give(take_along_axis(o[0], counted_from_front(o[1], o.shape(0)[axis]), axis));
       }},
      {"ReverseSequence", [](Op& o) { o.give(reverse_sequence(o)); }},
      {"ArgMax", arg_extreme<argmax>},
      {"ArgMin", arg_extreme<argmin>},
      {"TopK", top},
      {"OneHot", one_hot_rows},
      {"Hardmax", hardmax},
      {"Trilu",
       [](Op& o) {
         const std::int64_t diagonal = o.has(1) ? o.integers(1).at(0) : 0;
         o.give(o.integer("upper", 1) != 0 ? triu(o[0], diagonal) : tril(o[0], diagonal));
       }},
      {"Range",
       [](Op& o) {
         // From 0 to a size that grows with the batch; others are folded.
         const std::vector<Dim> limit = o.sizes(1);
         if (o.number(0) != 0 || o.number(2) != 1) unsupported("a range that depends on the batch");
         o.give(iota(o.graph(), limit.at(0), o.dtype(0)));
       }},
      {"EyeLike",
       [](Op& o) {
         const Tensor row =
             add(iota(o.graph(), o.shape(0)[0]), static_cast<double>(o.integer("k")));
         const Tensor column = iota(o.graph(), o.shape(0)[1]);
         const Tensor eye = equal(reshape(row, {o.shape(0)[0], 1}), column);
         o.give(cast(eye, o.has("dtype") ? dtype_of(o.integer("dtype")) : o.dtype(0)));
       }},
  };
}

}  // namespace foregraph::onnx
