// Ops that read or write elements by indices of several axes.
#include <algorithm>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/shape/gather.hpp>
#include <foregraph/detail/ops/shape/iota.hpp>
#include <foregraph/detail/ops/shape/pad.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>
#include <foregraph/detail/ops/shape/squeeze.hpp>
#include <foregraph/detail/ops/shape/take_along_axis.hpp>

#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {
namespace scatter_rule {

/// Indices of several axes, in the last axis of operand 1, as those of the axes from `first` on
/// joined; `size` becomes the size of the joined axis.
Tensor joined_indices(const Op& o, int first, std::int64_t& size) {
  const int depth = static_cast<int>(o.dim(1, -1));
  if (first + depth > o.rank(0))
    throw DataError("the indices have more numbers than the operand axes");
  Tensor joined{};
  size = 1;
  for (int i = depth - 1; i >= 0; --i) {
    Tensor index = slice(o[1], -1, i, i + 1);
    index = counted_from_front(squeeze(index, {-1}), o.shape(0)[first + i]);
    const Tensor moved = size == 1 ? index : multiply(index, static_cast<double>(size));
    joined = joined.graph == nullptr ? moved : add(joined, moved);
    size *= o.dim(0, first + i);
  }
  return joined;
}

Dim product_of(const Shape& shape, int first, int last) {
  Dim size{1};
  for (int i = first; i < last; ++i) {
    const Product next = multiply(size, shape[i]);
    if (next.fault != SizeFault::none)
      unsupported("axes that together are not affine in the batch");
    size = next.value;
  }
  return size;
}

void gather_nd(Op& o) {
  const int lead = static_cast<int>(o.integer("batch_dims"));
  const int depth = static_cast<int>(o.dim(1, -1));
  if (lead < 0 || lead >= o.rank(1) || lead + depth > o.rank(0))
    throw DataError("batch_dims does not fit the operands");
  const Tensor x = o[0];
  if (depth == 1 && lead == 0) {
    const Tensor indices = counted_from_front(squeeze(o[1], {-1}), o.shape(0)[0]);
    return o.give(gather(x, indices));
  }
  std::int64_t size = 1;
  const Tensor indices = joined_indices(o, lead, size);
  Shape result;
  for (int i = 0; i + 1 < o.rank(1); ++i) result.push_back(o.shape(1)[i]);
  for (int i = lead + depth; i < o.rank(0); ++i) result.push_back(o.shape(0)[i]);
  const Dim inner = product_of(o.shape(0), lead + depth, o.rank(0));
  if (lead == 0) {
    const Tensor flat = reshape(x, {size, inner});
    return o.give(reshape(gather(flat, indices), result));
  }
  const Dim outer = product_of(o.shape(0), 0, lead);
  const Dim count = product_of(o.shape(1), lead, o.rank(1) - 1);
  const Tensor rows = reshape(x, {outer, size, inner});
  const Tensor column = reshape(indices, {outer, count, 1});
  const Tensor taken = take_along_axis(rows, broadcast_to(column, {outer, count, inner}), 1);
  o.give(reshape(taken, result));
}

Tensor ones_like(Tensor x) {
  const Tensor one = x.graph->constant(1, x.dtype());
  return broadcast_to(one, x.shape());
}

using Combine = Tensor (*)(Tensor old, Tensor update);

Combine combination(const std::string& reduction) {
  if (reduction == "mul") return [](Tensor old, Tensor update) { return multiply(old, update); };
  if (reduction == "max") return [](Tensor old, Tensor update) { return maximum(old, update); };
  if (reduction == "min") return [](Tensor old, Tensor update) { return minimum(old, update); };
  throw DataError("reduction is '" + reduction + "', which ONNX lacks");
}
/// Updates that are combined one after the other may be this many.
constexpr std::int64_t most_in_turn = 64;

/// Combines the elements of x along `axis` with updates one after the other, so that several may
/// meet in one place.
Tensor combined_in_turn(Tensor x, Tensor indices, Tensor updates, int axis, Combine combine) {
  const Shape shape = x.shape();
  const std::int64_t count = fixed_size(indices.shape()[axis]);
  if (count > most_in_turn)
    unsupported("a reduction by mul, min or max of more than " + std::to_string(most_in_turn) +
                " updates along the axis");
  Shape along;
  for (int i = 0; i < shape.rank; ++i) along.push_back(i == axis ? shape[axis] : Dim{1});
  const Tensor places = reshape(iota(*x.graph, shape[axis], indices.dtype()), along);
  for (std::int64_t k = 0; k < count; ++k) {
    const Tensor index = slice(indices, axis, k, k + 1);
    const Tensor update = slice(updates, axis, k, k + 1);
    const Tensor is_met = equal(index, places);
    x = select(is_met, combine(x, update), x);
  }
  return x;
}

/// `added` into or instead of the elements of x where `count` of them meet.
Tensor written(const Op& o, Tensor x, Tensor added, const std::function<Tensor()>& count) {
  if (o.text("reduction", "none") == "add") return add(x, added);
  const Tensor met = greater(count(), 0.0);
  return select(met, added, x);
}

void scatter_elements(Op& o) {
  const int axis = from_front(o.integer("axis"), o.rank(0));
  const Dim size = o.shape(0)[axis];
  Tensor indices = counted_from_front(o[1], size);
  Tensor updates = o[2];
  const std::string reduction = o.text("reduction", "none");
  bool is_smaller = false;  // along other axes than the one that is indexed
  std::vector<PadWidth> widths(static_cast<std::size_t>(o.rank(0)));
  for (int i = 0; i < o.rank(0); ++i)
    if (i != axis && o.shape(1)[i] != o.shape(0)[i]) {
      is_smaller = true;
      widths[static_cast<std::size_t>(i)] = {0, o.dim(0, i) - o.dim(1, i)};
    }
  const auto extended = [&](Tensor x, double fill) {
    return is_smaller ? pad(x, widths, fill) : x;
  };
  if (reduction != "none" && reduction != "add") {
    indices = extended(indices, -1);
    updates = extended(updates, 0);
    return o.give(combined_in_turn(o[0], indices, updates, axis, combination(reduction)));
  }
  const Tensor added = extended(scatter_add_along_axis(updates, indices, axis, size), 0);
  o.give(written(o, o[0], added, [&] {
    return extended(scatter_add_along_axis(ones_like(updates), indices, axis, size), 0);
  }));
}

void scatter_nd(Op& o) {
  const int depth = static_cast<int>(o.dim(1, -1));
  if (depth > o.rank(0)) throw DataError("the indices have more numbers than the operand axes");
  std::int64_t size = 1;
  // Rows of the operand, of which one is written by each update; the batch may be axis 0.
  const bool has_batch_rows = depth == 1 && !o.shape(0)[0].is_constant();
  const Tensor indices = has_batch_rows ? counted_from_front(squeeze(o[1], {-1}), o.shape(0)[0])
                                        : joined_indices(o, 0, size);
  const Dim rows = has_batch_rows ? o.shape(0)[0] : Dim{size};
  const Dim count = product_of(o.shape(1), 0, o.rank(1) - 1);
  const Dim inner = product_of(o.shape(0), depth, o.rank(0));
  const Tensor x = reshape(o[0], {rows, inner});
  const Tensor updates = reshape(o[2], {count, inner});
  const Tensor flat = reshape(indices, {count});
  const std::string reduction = o.text("reduction", "none");
  if (reduction != "none" && reduction != "add") {
    const Tensor column = reshape(flat, {count, 1});
    const Tensor y = combined_in_turn(x, column, updates, 0, combination(reduction));
    return o.give(reshape(y, o.shape(0)));
  }
  const Tensor added = scatter_add(rows, flat, updates);
  const Tensor y =
      written(o, x, added, [&] { return scatter_add(rows, flat, ones_like(updates)); });
  o.give(reshape(y, o.shape(0)));
}

}  // namespace scatter_rule

Rules scatter_rules() {
  using namespace scatter_rule;
  return {{"GatherND", gather_nd},
          {"ScatterElements", scatter_elements},
          {"Scatter", scatter_elements},
          {"ScatterND", scatter_nd}};
}

}  // namespace foregraph::onnx
