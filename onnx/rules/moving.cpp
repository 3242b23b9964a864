// Ops that move elements: their results keep the order of the axes where that costs nothing.
#include <algorithm>
#include <foregraph/detail/onnx/rules/common.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>
#include <foregraph/detail/ops/shape/flip.hpp>
#include <foregraph/detail/ops/shape/pad.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>
#include <foregraph/detail/ops/shape/tile.hpp>
#include <limits>

namespace foregraph::onnx {
namespace moving_rule {

/// A transposed tensor stays as it lies: only the order of its axes is another.
void transpose_axes(Op& o) {
  std::vector<std::int64_t> axes = o.integers("perm");
  const int rank = o.rank(0);
  if (axes.empty())
    for (int i = rank - 1; i >= 0; --i) axes.push_back(i);
  if (axes.size() != static_cast<std::size_t>(rank))
    throw DataError("perm has " + std::to_string(axes.size()) + " axes, expected " +
                    std::to_string(rank));
  const Tensor x = o.known(0).joined.empty() ? o.placed(0) : o[0];
  const Order before = o.known(0).joined.empty() ? o.order(0) : Order::plain(rank);
  Order after{rank, {}};
  unsigned seen = 0;
  for (int i = 0; i < rank; ++i) {
    const int axis = from_front(axes[static_cast<std::size_t>(i)], rank);
    if (((seen >> axis) & 1U) != 0) throw DataError("perm has an axis twice");
    seen |= 1U << axis;
    after.axes[static_cast<std::size_t>(before.position_of(axis))] = i;
  }
  o.give(x, after);
}

/// The order for several operands of one rank: of the first that is not plain.
Order common_order(const Op& o) {
  for (int i = 0; i < o.inputs(); ++i)
    if (o.known(i).joined.empty() && o.known(i).tensor.graph != nullptr && !o.order(i).is_plain())
      return o.order(i);
  return Order::plain(o.rank(0));
}

void concatenate(Op& o) {
  const Order order = common_order(o);
  std::vector<Tensor> parts;
  for (int i = 0; i < o.inputs(); ++i) {
    if (o.shape(i).rank != order.rank) throw DataError("operands have different numbers of axes");
    if (o.shape(i).elements() == Dim{0}) continue;
    parts.push_back(o.in_order(i, order));
  }
  if (parts.empty()) unsupported("a tensor without elements");
  const int axis = order.position_of(from_front(o.integer("axis"), order.rank));
  o.give(parts.size() == 1 ? parts.front() : concat(parts, axis), order);
}

/// The operand without joined axes, as it lies.
Tensor unjoined(const Op& o, Order& order) {
  if (!o.known(0).joined.empty()) {
    order = Order::plain(o.rank(0));
    return o[0];
  }
  order = o.order(0);
  return o.placed(0);
}

void split_axis(Op& o) {
  Order order;
  const Tensor x = unjoined(o, order);
  const int axis = from_front(o.integer("axis"), order.rank);
  const int at = order.position_of(axis);
  std::vector<std::int64_t> sizes = o.integers("split", 1);
  if (sizes.empty()) {
    const std::int64_t count = o.integer("num_outputs", o.outputs());
    const std::int64_t size = o.dim(0, axis);
    if (count < 1) throw DataError("there are no parts, expected at least one");
    const std::int64_t part = (size + count - 1) / count;
    for (std::int64_t done = 0; done < size; done += part)
      sizes.push_back(std::min(part, size - done));
  }
  if (std::find(sizes.begin(), sizes.end(), 0) != sizes.end())
    unsupported("a tensor without elements");
  for (const Tensor& part : split(x, sizes, at)) o.give(part, order);
}

/// Along one axis. ONNX's bounds may lie outside; a negative step goes backwards from `start`.
Tensor sliced(Tensor x, int axis, std::int64_t start, std::int64_t end, std::int64_t step) {
  if (!x.shape()[axis].is_constant()) {
    if (step == 1 && start == 0 && end > (std::int64_t{1} << 31)) return x;
    unsupported("a part of the batch");
  }
  const std::int64_t size = x.shape()[axis].constant;
  const auto clamped = [&](std::int64_t i, std::int64_t low, std::int64_t high) {
    return std::clamp(i < 0 ? i + size : i, low, high);
  };
  if (step == 0) throw DataError("a step is 0");
  if (step < 0) {
    x = flip(x, axis);
    start = size - 1 - clamped(start, 0, size - 1);
    end = size - 1 - (end < -size ? -1 : clamped(end, -1, size - 1));
    step = -step;
  } else {
    start = clamped(start, 0, size);
    end = clamped(end, 0, size);
  }
  if (start >= end) unsupported("a tensor without elements");
  return start == 0 && end == size && step == 1 ? x : slice(x, axis, start, end, step);
}

void slice_axes(Op& o) {
  Order order;
  Tensor x = unjoined(o, order);
  const std::vector<std::int64_t> starts = o.integers("starts", 1);
  std::vector<Dim> ends;
  if (o.has(2))
    ends = o.sizes(2);
  else
    for (const std::int64_t end : o.integers("ends")) ends.emplace_back(end);
  const std::vector<std::int64_t> axes = o.integers("axes", 3);
  const std::vector<std::int64_t> steps = o.integers("steps", 4);
  if (ends.size() != starts.size() || (!axes.empty() && axes.size() != starts.size()) ||
      (!steps.empty() && steps.size() != starts.size()))
    throw DataError("starts, ends, axes and steps are lists of different lengths");
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const int axis = from_front(axes.empty() ? static_cast<std::int64_t>(i) : axes[i], order.rank);
    const int at = order.position_of(axis);
    const Dim size = x.shape()[at];
    // A bound of the batch's own size is the end of the axis.
    const std::int64_t end = ends[i] == size && !size.is_constant()
                                 ? std::numeric_limits<std::int64_t>::max()
                                 : fixed_size(ends[i]);
    x = sliced(x, at, starts[i], end, steps.empty() ? 1 : steps[i]);
  }
  o.give(x, order);
}

void pad_axes(Op& o) {
  Order order;
  Tensor x = unjoined(o, order);
  const std::vector<std::int64_t> pads = o.integers("pads", 1);
  const auto rank = static_cast<std::size_t>(order.rank);
  std::vector<std::int64_t> axes;
  if (o.has(3)) axes = o.integers(3);
  if (axes.empty())
    for (int i = 0; i < order.rank; ++i) axes.push_back(i);
  if (pads.size() != 2 * axes.size())
    throw DataError("there are " + std::to_string(pads.size()) + " pads, expected " +
                    std::to_string(2 * axes.size()));
  std::vector<PadWidth> paddings(rank);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const int at = order.position_of(from_front(axes[i], order.rank));
    paddings[static_cast<std::size_t>(at)] = {std::max<std::int64_t>(pads[i], 0),
                                              std::max<std::int64_t>(pads[i + axes.size()], 0)};
    // Negative pads cut.
    const std::int64_t cut_before = std::max<std::int64_t>(-pads[i], 0);
    const std::int64_t cut_after = std::max<std::int64_t>(-pads[i + axes.size()], 0);
    if (cut_before + cut_after > 0)
      x = slice(x, at, cut_before, fixed_size(x.shape()[at]) - cut_after);
  }
  const bool pads_nothing = std::all_of(paddings.begin(), paddings.end(), [](const PadWidth& pad) {
    return pad.before == 0 && pad.after == 0;
  });
  if (pads_nothing) return o.give(x, order);
  const std::string mode = o.text("mode", "constant");
  if (mode == "wrap") {
    for (std::size_t i = 0; i < rank; ++i) {
      const int at = static_cast<int>(i);
      std::vector<Tensor> parts;
      if (paddings[i].before == 0 && paddings[i].after == 0) continue;
      const std::int64_t size = fixed_size(x.shape()[at]);
      if (paddings[i].before > size || paddings[i].after > size)
        unsupported("padding that goes around more than once");
      if (paddings[i].before > 0) parts.push_back(slice(x, at, size - paddings[i].before, size));
      parts.push_back(x);
      if (paddings[i].after > 0) parts.push_back(slice(x, at, 0, paddings[i].after));
      x = concat(parts, at);
    }
    return o.give(x, order);
  }
  if (mode == "constant") {
    const double value = o.has(2) ? o.number(2) : o.has(1) ? 0 : o.number("value");
    return o.give(pad(x, paddings, value), order);
  }
  if (mode != "edge" && mode != "reflect")
    throw DataError("mode is '" + mode + "', which ONNX lacks");
  o.give(pad(x, paddings, mode == "edge" ? PadMode::edge : PadMode::reflect), order);
}

void expand_axes(Op& o) {
  Shape to;
  const std::vector<Dim> sizes = o.sizes(1);
  const std::optional<std::int64_t> fixed = o.importer().fixed_batch();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    // The file's own batch size, where the operand has the batch, or one row that becomes it.
    const int axis = static_cast<int>(i) + o.rank(0) - static_cast<int>(sizes.size());
    const bool is_batch =
        fixed && i == 0 && sizes[i] == Dim{*fixed} &&
        (axis < 0 || !o.shape(0)[axis].is_constant() || (o.shape(0)[axis].is_one() && *fixed != 1));
    to.push_back(is_batch ? batch : sizes[i]);
  }
  const auto both = elementwise::broadcast_shapes(o.shape(0), to);
  if (!both.ok) throw DataError("the operand does not broadcast to the shape asked for");
  if (both.shape == o.shape(0)) return give_like(o, 0, o.placed(0));
  o.give(broadcast_to(o[0], both.shape));
}

void depth_to_space(Op& o) {
  if (o.rank(0) != 4) throw DataError("the operand is no image");
  const std::int64_t b = o.integer("blocksize");
  if (b < 1 || o.dim(0, 1) % (b * b) != 0) throw DataError("the blocks do not divide the channels");
  const Dim n = o.shape(0)[0];
  const std::int64_t h = o.dim(0, 2);
  const std::int64_t w = o.dim(0, 3);
  const std::int64_t c = o.dim(0, 1) / (b * b);
  Tensor x = o.channels_last(0);
  if (o.text("mode", "DCR") == "DCR") {
    x = reshape(x, {multiply(n, Dim{h}).value, w, b, b, c});
    x = permute(x, {0, 2, 1, 3, 4});
  } else {
    x = reshape(x, {multiply(n, Dim{h}).value, w, c, b, b});
    x = permute(x, {0, 3, 1, 4, 2});
  }
  o.give_channels_last(reshape(x, {n, h * b, w * b, c}));
}
void space_to_depth(Op& o) {
  if (o.rank(0) != 4) throw DataError("the operand is no image");
  const std::int64_t b = o.integer("blocksize");
  const std::int64_t c = o.dim(0, 1);
  if (b < 1 || o.dim(0, 2) % b != 0 || o.dim(0, 3) % b != 0)
    throw DataError("the blocks do not divide the image");
  const Dim n = o.shape(0)[0];
  const std::int64_t h = o.dim(0, 2) / b;
  const std::int64_t w = o.dim(0, 3) / b;
  Tensor x = reshape(o.channels_last(0), {multiply(n, Dim{h}).value, b, w, b, c});
  x = permute(x, {0, 2, 1, 3, 4});
  o.give_channels_last(reshape(x, {n, h, w, b * b * c}));
}

}  // namespace moving_rule

Rules moving_rules() {
  using namespace moving_rule;
  return {
      {"Expand", expand_axes},
      {"Transpose", transpose_axes},
      {"Concat", concatenate},
      {"Split", split_axis},
      {"Slice", slice_axes},
      {"Pad", pad_axes},
      {"Tile",
       [](Op& o) {
         Order order;
         Tensor x = unjoined(o, order);
         const std::vector<std::int64_t> repeats = o.integers(1);
         if (repeats.size() != static_cast<std::size_t>(order.rank))
           throw DataError("there are not as many repeats as axes");
         for (int i = 0; i < order.rank; ++i) {
           const std::int64_t count = repeats[static_cast<std::size_t>(i)];
           if (count != 1) x = tile(x, count, order.position_of(i));
         }
         o.give(x, order);
       }},
      {"DepthToSpace", depth_to_space},
      {"SpaceToDepth", space_to_depth},
  };
}

}  // namespace foregraph::onnx
