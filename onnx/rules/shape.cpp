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

namespace foregraph::onnx {
namespace shape_rule {

/// Axes [first, first + count) of a shape before and after a reshape with equally many elements.
struct Group {
  int from = 0;
  int from_count = 0;
  int to = 0;
  int to_count = 0;
};

bool is_less(Dim a, Dim b) {
  return a.per_sample != b.per_sample ? a.per_sample < b.per_sample : a.constant < b.constant;
}

/// The smallest groups of axes into which a reshape divides; empty if there are none.
std::vector<Group> groups_of(const Shape& from, const Shape& to) {
  std::vector<Group> groups;
  int i = 0;
  int j = 0;
  while (i < from.rank && j < to.rank) {
    Group group{i, 1, j, 1};
    Dim a = from[i++];
    Dim b = to[j++];
    while (a != b) {
      const bool left = is_less(a, b);
      if (left ? i == from.rank : j == to.rank) return {};
      Dim& smaller = left ? a : b;
      const Product next = multiply(smaller, left ? from[i++] : to[j++]);
      if (next.fault != SizeFault::none) return {};
      smaller = next.value;
      ++(left ? group.from_count : group.to_count);
    }
    groups.push_back(group);
  }
  if (groups.empty()) return {};
  groups.back().from_count += from.rank - i;  // axes of size 1
  groups.back().to_count += to.rank - j;
  return groups;
}

/// True if the axes of a group lie side by side in the tensor, in the order of the file.
bool is_contiguous(const Known& x, const Group& group) {
  int previous = -1;
  for (int i = group.from; i < group.from + group.from_count; ++i) {
    if (x.shape[i].is_one()) continue;
    const int at = x.order.position_of(i);
    if (previous >= 0)
      for (int between = previous + 1; between < at; ++between)
        if (!x.shape[x.order.axes[static_cast<std::size_t>(between)]].is_one()) return false;
    if (at < previous) return false;
    previous = at;
  }
  return true;
}

/// Where a group lies in the tensor: at its first axis that is not of size 1.
int place_of(const Known& x, const Group& group) {
  for (int i = group.from; i < group.from + group.from_count; ++i)
    if (!x.shape[i].is_one()) return x.order.position_of(i);
  return x.order.position_of(group.from);
}

void give_reshaped(Op& o, const Shape& shape) {
  if (shape.rank > Shape::max_rank) unsupported("more than 6 axes");
  static_cast<void>(o.placed(0));
  Known& x = o.known(0);
  if (!x.joined.empty() && shape == x.shape) return give_like(o, 0, x.tensor);
  if (x.order.is_plain() || !x.joined.empty()) return o.give(reshape(o[0], shape));
  std::vector<Group> groups = groups_of(x.shape, shape);
  if (groups.empty()) return o.give(reshape(o[0], shape));
  const bool all_contiguous = std::all_of(
      groups.begin(), groups.end(), [&](const Group& group) { return is_contiguous(x, group); });
  if (all_contiguous) {
    std::stable_sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) {
      return place_of(x, a) < place_of(x, b);
    });
    Order order{shape.rank, {}};
    std::size_t at = 0;
    for (const Group& group : groups)
      for (int j = group.to; j < group.to + group.to_count; ++j) order.axes[at++] = j;
    return o.give(reshape(x.tensor, order.shape_of(shape)), order);
  }
  // An image becomes a row: it may lie there with its channels last, if the batch stays in front.
  const Group& last = groups.back();
  const bool joins_the_rest = groups.size() == 2 && shape.rank == 2 && last.to_count == 1 &&
                              groups.front().from_count == 1 && x.order.axes[0] == 0;
  if (!joins_the_rest) return o.give(reshape(o[0], shape));
  Known row;
  row.tensor = reshape(x.tensor, shape);
  row.shape = shape;
  row.dtype = x.dtype;
  row.order = Order::plain(2);
  for (int i = 1; i < x.shape.rank; ++i) {
    row.joined_sizes.push_back(fixed_size(x.shape[i]));
    row.joined.push_back(x.order.axes[static_cast<std::size_t>(i)] - 1);
  }
  o.give(std::move(row));
}

/// A first size that is the batch size of the file becomes the batch, if that is what fits.
Dim with_batch(const Op& o, Dim dim, int axis) {
  const std::optional<std::int64_t> fixed = o.importer().fixed_batch();
  const Shape& from = o.shape(0);
  if (!fixed || axis != 0 || !dim.is_constant() || from.rank == 0) return dim;
  if (from.elements().is_constant() || dim.constant % *fixed != 0 || dim.constant < 1) return dim;
  o.importer().note(
      "Reshape nodes have the batch size of the file in their first size: it is taken "
      "as the batch");
  return {0, dim.constant / *fixed};
}

Shape reshaped(const Op& o) {
  std::vector<Dim> dims;
  if (o.has(1)) dims = o.sizes(1);
  for (const std::int64_t dim : o.integers("shape")) dims.emplace_back(dim);
  const Shape& from = o.shape(0);
  Shape shape;
  Product known{Dim{1}, SizeFault::none};
  int open = -1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const int axis = static_cast<int>(i);
    const bool copied = dims[i] == Dim{0} && o.integer("allowzero") == 0;
    if (copied && axis >= from.rank) throw DataError("size 0 copies an axis that does not exist");
    const Dim dim = copied ? from[axis] : with_batch(o, dims[i], axis);
    shape.push_back(dim);
    if (dim == Dim{-1}) {
      if (open >= 0) throw DataError("two sizes are -1, expected at most one");
      open = axis;
    } else if (known.fault == SizeFault::none) {
      known = multiply(known.value, dim);
    }
  }
  if (shape.rank > Shape::max_rank) unsupported("more than 6 axes");
  if (open < 0) return shape;
  if (known.fault != SizeFault::none) unsupported("a size that is not affine in the batch");
  const Dim elements = from.elements();
  if (known.value.is_constant()) {
    shape.set(open, divided(elements, known.value.constant));
  } else {
    // n * (a + b * batch) elements in rows of a + b * batch.
    const std::int64_t n =
        known.value.per_sample != 0 ? elements.per_sample / known.value.per_sample : 0;
    if (multiply(known.value, Dim{n}).value != elements)
      unsupported("a size that is not the same for every batch size");
    shape.set(open, n);
  }
  return shape;
}

Shape unsqueezed(const Op& o) {
  std::vector<std::int64_t> axes = o.integers("axes", 1);
  const int rank = o.rank(0) + static_cast<int>(axes.size());
  if (rank > Shape::max_rank) unsupported("more than 6 axes");
  for (std::int64_t& axis : axes) axis = from_front(axis, rank);
  Shape shape;
  int from = 0;
  for (int i = 0; i < rank; ++i)
    shape.push_back(std::find(axes.begin(), axes.end(), i) != axes.end() ? Dim{1}
                                                                         : o.shape(0)[from++]);
  return shape;
}
Shape squeezed(const Op& o) {
  std::vector<std::int64_t> axes = o.integers("axes", 1);
  if (axes.empty())
    for (int i = 0; i < o.rank(0); ++i)
      if (o.shape(0)[i].is_one()) axes.push_back(i);
  for (std::int64_t& axis : axes) {
    axis = from_front(axis, o.rank(0));
    const Dim dim = o.shape(0)[static_cast<int>(axis)];
    if (!dim.is_one()) {
      // The batch may be one in the file.
      if (!dim.is_constant()) unsupported("the axis of the batch is removed");
      throw DataError("axis " + std::to_string(axis) + " has size " + std::to_string(dim.constant) +
                      ", expected 1");
    }
  }
  Shape shape;
  for (int i = 0; i < o.rank(0); ++i)
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) shape.push_back(o.shape(0)[i]);
  return shape;
}
Shape flattened(const Op& o) {
  const std::int64_t stated = o.integer("axis", 1);
  const int axis = static_cast<int>(stated < 0 ? stated + o.rank(0) : stated);
  Dim rows{1};
  Dim columns{1};
  for (int i = 0; i < o.rank(0); ++i) {
    Dim& side = i < axis ? rows : columns;
    const Product next = multiply(side, o.shape(0)[i]);
    if (next.fault != SizeFault::none) unsupported("a size that is not affine in the batch");
    side = next.value;
  }
  return {rows, columns};
}

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

void constant_node(Op& o) {
  if (o.has("value")) {
    const FileTensor& tensor = *o.attribute("value").tensor;
    return o.give(read_constant(o.importer().file(), tensor));
  }
  if (o.has("value_int"))
    return o.give(scalar_constant(i64, static_cast<double>(o.integer("value_int"))));
  if (o.has("value_float")) return o.give(scalar_constant(f32, o.number("value_float")));
  if (o.has("value_ints")) {
    const std::vector<std::int64_t> list = o.integers("value_ints");
    return o.give(list_constant(i64, {list.begin(), list.end()}));
  }
  if (!o.has("value_floats")) unsupported("a constant that is no tensor of numbers");
  const std::vector<float>& list = o.attribute("value_floats").numbers;
  o.give(list_constant(f32, {list.begin(), list.end()}));
}

/// A name for the same value; of a tensor of the file, a copy of it if it is uniform, which is how
/// exporters store parameters that happen to be equal.
void identity(Op& o) {
  Known known = o.known(0);
  if (known.parameter != nullptr && known.tensor.graph == nullptr && is_floating(known.dtype) &&
      o.importer().is_uniform(known)) {
    return o.give(std::move(known));
  }
  if (known.parameter == nullptr && known.constant != nullptr) return o.give(*known.constant);
  give_like(o, 0, o.placed(0));
}

void branch(Op& o) {
  if (!o.is_constant(0)) unsupported("a condition that depends on the data");
  const FileGraph* taken =
      o.attribute(o.number(0) != 0 ? "then_branch" : "else_branch").graph.get();
  if (taken == nullptr) throw DataError("a branch is missing");
  o.importer().run_branch(*taken);
  for (const FileValue& output : taken->outputs) o.give(Known(o.importer().known(output.name)));
}

}  // namespace shape_rule

Rules shape_rules() {
  using namespace shape_rule;
  return {
      {"Identity", identity},
      {"Constant", constant_node},
      {"If", branch},
      {"Reshape", [](Op& o) { give_reshaped(o, reshaped(o)); }},
      {"Unsqueeze", [](Op& o) { give_reshaped(o, unsqueezed(o)); }},
      {"Squeeze", [](Op& o) { give_reshaped(o, squeezed(o)); }},
      {"Flatten", [](Op& o) { give_reshaped(o, flattened(o)); }},
      {"Expand", expand_axes},
      {"ConstantOfShape", [](Op&) { unsupported("a shape that depends on the data"); }},
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
