// Ops that change shapes alone, and constants: the order of the axes stays where that is possible.
#include <algorithm>
#include <foregraph/detail/onnx/rules/common.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>

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

void constant_node(Op& o) {
  if (o.has("value")) {
    const FileTensor* tensor = o.attribute("value").tensor.get();
    if (tensor == nullptr) throw DataError("the value is no tensor");
    Known known;
    known.constant = std::make_shared<const Constant>(read_constant(o.importer().file(), *tensor));
    known.shape = known.constant->shape;
    known.dtype = known.constant->dtype;
    known.is_literal = true;
    return o.give(std::move(known));
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

/// A name for the same value. Exporters of PyTorch store parameters that happen to be equal once,
/// and name the others so; a parameter that is used in two places has no such node.
void identity(Op& o) {
  const Known& operand = o.known(0);
  if (operand.parameter != nullptr && is_floating(operand.dtype)) {
    const bool is_shared = o.importer().reads_of(o.node().inputs.front()) > 1;
    Known copy;
    copy.shape = operand.shape;
    copy.dtype = operand.dtype;
    copy.parameter = operand.parameter;
    copy.has_values = operand.has_values;
    if (is_shared && operand.has_values) {
      o.importer().note(
          "some parameters are stored once in the file, as they were equal when it was "
          "made: they are trained apart");
      return o.give(std::move(copy));
    }
  }
  if (operand.parameter == nullptr && operand.constant != nullptr) return o.give(*operand.constant);
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
      {"ConstantOfShape", [](Op&) { unsupported("a shape that depends on the data"); }},
  };
}

}  // namespace foregraph::onnx
