#include <algorithm>
#include <foregraph/detail/onnx/export/rules.hpp>

namespace foregraph::onnx {
namespace reduction_export {

/// Writes a reduction over the axes of the mask integers[0], which stay with size 1 if integers[1]
/// is 1: of x in any order, unless the order of the axes that are left would differ.
void reduce(Exporter& e, const std::function<std::string(const Order&)>& operand_in,
            const char* op_type) {
  Order order = e.separate(e.operand(0)).order;
  const bool keep = e.attribute(1) != 0;
  const auto is_reduced = [&](int axis) { return ((e.attribute(0) >> axis) & 1) != 0; };
  std::vector<int> left;  // axes in the file, in the order of the node
  for (int i = 0; i < order.rank; ++i)
    if (!is_reduced(i)) left.push_back(order.axes[static_cast<std::size_t>(i)]);
  if (!keep && !std::is_sorted(left.begin(), left.end())) order = Order::plain(order.rank);
  std::vector<std::int64_t> axes;
  for (int i = 0; i < order.rank; ++i)
    if (is_reduced(i)) axes.push_back(order.axes[static_cast<std::size_t>(i)]);
  if (axes.empty()) return e.give(operand_in(order), order);
  std::sort(axes.begin(), axes.end());
  const std::string result = e.reduce(op_type, operand_in(order), axes, keep);
  if (keep) return e.give(result, order);
  e.give(result);
}
ExportRule reduction(const char* op_type) {
  return [op_type](Exporter& e) {
    reduce(
        e, [&](const Order& order) { return e.in(0, order); }, op_type);
  };
}

void sum_product(Exporter& e) {
  reduce(
      e,
      [&](const Order& order) {
        return e.emit("Mul", {e.in(0, order), e.in(1, order)});
      },
      "ReduceSum");
}
/// The mean of (x - m)^2.
void variance(Exporter& e) {
  reduce(
      e,
      [&](const Order& order) {
        const std::string rest = e.emit("Sub", {e.in(0, order), e.in(1, order)});
        return e.emit("Mul", {rest, rest});
      },
      "ReduceMean");
}

void cumsum(Exporter& e) {
  const WrittenValue x = e.separate(e.operand(0));
  const auto axis = x.order.axes[static_cast<std::size_t>(e.attribute(0))];
  e.give(e.emit("CumSum", {x.name, e.number(axis, i64)},
                {{"exclusive", e.attribute(1)}, {"reverse", e.attribute(2)}}),
         x.order);
}

ExportRule arg_extreme(const char* op_type) {
  return [op_type](Exporter& e) {
    const std::string positions =
        e.emit(op_type, {e.in(0)}, {{"axis", e.attribute(0)}, {"keepdims", e.attribute(1)}});
    e.give(e.node().dtype == i64 ? positions : e.cast(positions, e.node().dtype));
  };
}
void top_k(Exporter& e) {
  const WrittenValue x = e.separate(e.operand(0));
  const std::int64_t axis = x.order.axes[static_cast<std::size_t>(e.attribute(0))];
  e.give(e.emit("TopK", {x.name, e.integers({e.attribute(1)})},
                {{"axis", axis}, {"largest", e.attribute(2)}, {"sorted", std::int64_t{1}}}, 2)
             .back(),
         x.order);
}

ExportRule softmax(const char* op_type) {
  return [op_type](Exporter& e) {
    const WrittenValue x = e.separate(e.operand(0));
    const std::int64_t axis = x.order.axes[static_cast<std::size_t>(e.attribute(0))];
    e.give(e.emit(op_type, {x.name}, {{"axis", axis}}), x.order);
  };
}

/// Mean and variance of each channel, the last axis, as rows of a pair.
void moments(Exporter& e) {
  std::vector<std::int64_t> axes;
  for (int i = 0; i + 1 < e.shape(0).rank; ++i) axes.push_back(i);
  const std::string x = e.in(0);
  const std::string mean = e.reduce("ReduceMean", x, axes, true);
  const std::string rest = e.emit("Sub", {x, mean});
  const std::string variance = e.reduce("ReduceMean", e.emit("Mul", {rest, rest}), axes, true);
  const Shape row{1, e.shape(0)[-1]};
  e.give(e.emit("Concat", {e.reshape(mean, row), e.reshape(variance, row)},
                {{"axis", std::int64_t{0}}}));
}

}  // namespace reduction_export

ExportRules reduction_export_rules() {
  using namespace reduction_export;
  return {{"sum", reduction("ReduceSum")},
          {"reduce_max", reduction("ReduceMax")},
          {"reduce_min", reduction("ReduceMin")},
          {"reduce_prod", reduction("ReduceProd")},
          {"logsumexp", reduction("ReduceLogSumExp")},
          {"sum_product", sum_product},
          {"variance", variance},
          {"cumsum", cumsum},
          {"argmax", arg_extreme("ArgMax")},
          {"argmin", arg_extreme("ArgMin")},
          {"top_k_indices", top_k},
          {"log_softmax", softmax("LogSoftmax")},
          {"moments", moments}};
}

}  // namespace foregraph::onnx
