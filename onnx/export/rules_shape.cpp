#include <algorithm>
#include <foregraph/detail/onnx/export/rules.hpp>
#include <limits>

namespace foregraph::onnx {
namespace shape_export {

constexpr std::int64_t to_the_end = std::numeric_limits<std::int64_t>::max();

/// Writes an op along one axis, integers[0], in whatever order the operand has: `write` gets the
/// operand and the axis in the file.
void along_axis(Exporter& e,
                const std::function<std::string(const std::string&, std::int64_t)>& write) {
  const WrittenValue x = e.separate(e.operand(0));
  const auto axis = static_cast<std::size_t>(e.attribute(0));
  e.give(write(x.name, x.order.axes[axis]), x.order);
}

void reshape(Exporter& e) {
  const WrittenValue& x = e.value(e.operand(0));
  const Shape& to = e.node().shape;
  // A flattened image stays as it is until somebody needs its elements in order.
  const bool is_flattened = !x.is_joined && !x.order.is_plain() && to.rank == 2 &&
                            e.shape(0).rank > 2 && to[0] == e.shape(0)[0] && x.order.axes[0] == 0;
  if (!is_flattened) return e.give(e.reshape(e.in(0), to));
  WrittenValue joined = x;
  joined.is_joined = true;
  joined.view = e.shape(0);
  e.give(std::move(joined));
}

void permute(Exporter& e) {
  WrittenValue x = e.separate(e.operand(0));
  const Order from = x.order;
  for (int i = 0; i < from.rank; ++i)
    x.order.axes[static_cast<std::size_t>(i)] =
        from.axes[static_cast<std::size_t>(e.attribute(static_cast<std::size_t>(i)))];
  e.give(std::move(x));
}
void transpose(Exporter& e) {
  WrittenValue x = e.separate(e.operand(0));
  const auto last = static_cast<std::size_t>(x.order.rank) - 1;
  std::swap(x.order.axes[last], x.order.axes[last - 1]);
  e.give(std::move(x));
}

void slice(Exporter& e) {
  const Dim begin{e.attribute(1), e.attribute(2)};
  const Dim size{e.attribute(3), e.attribute(4)};
  const std::int64_t step = e.attribute(5);
  const Dim whole = e.shape(0)[static_cast<int>(e.attribute(0))];
  Dim end = begin + Dim{(size.constant - 1) * step + 1, size.per_sample * step};
  if (end == whole) end = Dim{to_the_end};
  along_axis(e, [&](const std::string& x, std::int64_t axis) {
    return e.emit("Slice", {x, e.sizes({&begin, 1}), e.sizes({&end, 1}), e.integers({axis}),
                            e.integers({step})});
  });
}
void flip(Exporter& e) {
  along_axis(e, [&](const std::string& x, std::int64_t axis) {
    return e.emit("Slice", {x, e.integers({-1}), e.integers({-to_the_end}), e.integers({axis}),
                            e.integers({-1})});
  });
}

void concat(Exporter& e) {
  const Order order = e.separate(e.operand(0)).order;
  Names parts;
  for (int i = 0; i < e.node().arity; ++i) parts.push_back(e.in(i, order));
  const std::int64_t axis = order.axes[static_cast<std::size_t>(e.attribute(0))];
  e.give(e.emit("Concat", std::move(parts), {{"axis", axis}}), order);
}

void pad(Exporter& e) {
  const WrittenValue x = e.separate(e.operand(0));
  const auto rank = static_cast<std::size_t>(x.order.rank);
  std::vector<std::int64_t> pads(2 * rank);
  for (std::size_t i = 0; i < rank; ++i) {
    const auto axis = static_cast<std::size_t>(x.order.axes[i]);
    pads[axis] = e.attribute(i);
    pads[rank + axis] = e.attribute(i + 6);
  }
  e.give(e.emit("Pad",
                {x.name, e.integers(pads), e.number(e.node().attributes.number, e.node().dtype)}),
         x.order);
}

void broadcast(Exporter& e) {
  e.give(e.expand(e.in(0), e.shape(0), e.node().shape));
}

void gather(Exporter& e) {
  e.give(e.emit("Gather", {e.in(0), e.in(1)}, {{"axis", e.attribute(0)}}));
}
void take_along_axis(Exporter& e) {
  const Order order = e.separate(e.operand(0)).order;
  const std::int64_t axis = order.axes[static_cast<std::size_t>(e.attribute(0))];
  e.give(e.emit("GatherElements", {e.in(0, order), e.in(1, order)}, {{"axis", axis}}), order);
}

/// Adds slices at indices i[S] to zeros: ONNX adds rows, so the axis is the first in the file.
void scatter_add(Exporter& e) {
  const auto axis = static_cast<int>(e.attribute(0));
  const int index_axes = e.shape(0).rank;
  Order updates = Order::plain(e.shape(1).rank);
  Order result = Order::plain(e.node().shape.rank);
  for (int i = 0; i < axis; ++i) {
    updates.axes[static_cast<std::size_t>(i)] = index_axes + i;
    result.axes[static_cast<std::size_t>(i)] = i + 1;
  }
  for (int i = 0; i < index_axes; ++i) updates.axes[static_cast<std::size_t>(axis + i)] = i;
  result.axes[static_cast<std::size_t>(axis)] = 0;
  Shape stored = e.node().shape;
  for (int i = 0; i < stored.rank; ++i)
    stored.set(result.axes[static_cast<std::size_t>(i)], e.node().shape[i]);
  Shape with_one = e.shape(0);
  with_one.push_back(1);
  const std::string indices = e.cast(e.reshape(e.in(0), with_one), i64);
  const std::string zeros = e.expand(e.number(0, e.node().dtype), {}, stored);
  e.give(
      e.emit("ScatterND", {zeros, indices, e.in(1, updates)}, {{"reduction", std::string("add")}}),
      result);
}
void scatter_add_along_axis(Exporter& e) {
  const std::string zeros = e.expand(e.number(0, e.node().dtype), {}, e.node().shape);
  e.give(e.emit("ScatterElements", {zeros, e.in(1), e.in(0)},
                {{"axis", e.attribute(0)}, {"reduction", std::string("add")}}));
}
void assign_rows(Exporter& e) {
  Shape with_one = e.shape(1);
  with_one.push_back(1);
  const std::string indices = e.cast(e.reshape(e.in(1), with_one), i64);
  e.give(e.emit("ScatterND", {e.in(0), indices, e.in(2)}));
}

std::string range(Exporter& e, Dim size, DType dtype) {
  std::string end = e.reshape(e.sizes({&size, 1}), {});
  if (dtype != i64) end = e.cast(end, dtype);
  return e.emit("Range", {e.number(0, dtype), end, e.number(1, dtype)});
}
void iota(Exporter& e) {
  e.give(range(e, e.node().shape[0], e.node().dtype));
}
void one_hot(Exporter& e) {
  Shape with_one = e.shape(0);
  with_one.push_back(1);
  const std::string indices = e.cast(e.reshape(e.in(0), with_one), i64);
  const std::string hits = e.emit("Equal", {indices, range(e, Dim{e.attribute(0)}, i64)});
  e.give(e.node().dtype == boolean ? hits : e.cast(hits, e.node().dtype));
}

void triangle(Exporter& e) {
  e.give(e.emit("Trilu", {e.in(0), e.reshape(e.integers({e.attribute(1)}), {})},
                {{"upper", std::int64_t{e.attribute(0) != 0 ? 1 : 0}}}));
}

/// The node has the value of its first operand.
void same_value(Exporter& e) {
  e.give(WrittenValue(e.value(e.operand(0))));
}

void row_of_pair(Exporter& e) {
  e.give(e.emit("Gather", {e.in(0), e.number(static_cast<double>(e.attribute(0)), i64)},
                {{"axis", std::int64_t{0}}}));
}
void pair_of_row(Exporter& e) {
  Shape row{1};
  row.push_back(e.shape(0)[0]);
  const std::int64_t before = e.attribute(0);
  e.give(e.emit("Pad", {e.reshape(e.in(0), row), e.integers({before, 0, 1 - before, 0})}));
}

}  // namespace shape_export

ExportRules shape_export_rules() {
  using namespace shape_export;
  return {{"reshape", reshape},
          {"permute", permute},
          {"transpose", transpose},
          {"slice", slice},
          {"slice_view", slice},
          {"flip", flip},
          {"concat", concat},
          {"pad", pad},
          {"broadcast", broadcast},
          {"gather", gather},
          {"take_along_axis", take_along_axis},
          {"scatter_add", scatter_add},
          {"scatter_add_along_axis", scatter_add_along_axis},
          {"assign_rows", assign_rows},
          {"iota", iota},
          {"one_hot", one_hot},
          {"triangle", triangle},
          {"stop_gradient", same_value},
          {"lstm_rule", same_value},
          {"lstm_gradient_rule", same_value},
          {"row_of_pair", row_of_pair},
          {"pair_of_row", pair_of_row}};
}

}  // namespace foregraph::onnx
