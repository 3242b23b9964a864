#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/value_ranges.hpp>
#include <span>
#include <string_view>

namespace foregraph::checks {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Range hull(Range a, Range b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

/// 0 times infinity is 0 here, because an infinite bound stands for finite values.
double times(double a, double b) {
  return a == 0 || b == 0 ? 0 : a * b;
}
Range product(Range a, Range b) {
  const double corners[] = {times(a.low, b.low), times(a.low, b.high), times(a.high, b.low),
                            times(a.high, b.high)};
  return {*std::min_element(corners, corners + 4), *std::max_element(corners, corners + 4)};
}
Range reciprocal_of(Range a) {
  if (!(a.low > 0) && !(a.high < 0)) return a.low == 0 && a.high > 0 ? Range{0, infinity} : Range{};
  return {1 / a.high, 1 / a.low};
}

template <class F>
Range rising(Range a, F f) {
  return {f(a.low), f(a.high)};
}
/// Range of functions such as x * sigmoid(x): 0 at x = 0, with a minimum `least` below it.
Range dipping(Range a, double least) {
  return {a.low >= 0 ? 0 : least, std::max(0.0, a.high)};
}

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}
double soft_plus(double x) {
  return x > 30 ? x : std::log1p(std::exp(x));
}

Range square_of(Range a) {
  const double most = std::max(times(a.low, a.low), times(a.high, a.high));
  const double least = std::min(times(a.low, a.low), times(a.high, a.high));
  return {a.low <= 0 && a.high >= 0 ? 0 : least, most};
}

Range of_one(std::string_view op, Range a) {
  const auto is = [&](std::string_view name) { return op == name; };
  if (is("relu")) return rising(a, [](double x) { return std::max(0.0, x); });
  if (is("relu6")) return rising(a, [](double x) { return std::clamp(x, 0.0, 6.0); });
  if (is("sigmoid")) return rising(a, logistic);
  if (is("tanh")) return rising(a, [](double x) { return std::tanh(x); });
  if (is("exp")) return rising(a, [](double x) { return std::exp(x); });
  if (is("softplus")) return rising(a, soft_plus);
  if (is("log")) return rising(a, [](double x) { return x > 0 ? std::log(x) : -infinity; });
  if (is("sqrt")) return rising(a, [](double x) { return std::sqrt(std::max(0.0, x)); });
  if (is("hard_sigmoid") || is("softmax") || is("one_hot")) return {0, 1};
  if (is("softsign") || is("erf") || is("sin") || is("cos") || is("sign")) return {-1, 1};
  if (is("log_softmax")) return {-infinity, 0};
  if (is("gelu") || is("gelu_tanh")) return dipping(a, -0.1701);
  if (is("silu")) return dipping(a, -0.2785);
  if (is("mish")) return dipping(a, -0.3089);
  if (is("hard_swish")) return dipping(a, -0.375);
  if (is("rsqrt")) return {0, infinity};
  if (is("reciprocal")) return reciprocal_of(a);
  if (is("negate")) return {-a.high, -a.low};
  if (is("square")) return square_of(a);
  if (is("abs")) {
    const double most = std::max(std::abs(a.low), std::abs(a.high));
    return {a.low > 0 ? a.low : a.high < 0 ? -a.high : 0, most};
  }
  if (is("sum"))  // of any number of values
    return {a.low >= 0 ? 0 : -infinity, a.high <= 0 ? 0 : infinity};
  if (is("average_pool2d") || is("pad")) return hull(a, {0, 0});
  for (const std::string_view same :
       {"cast", "max_pool2d", "upsample_nearest2d", "upsample_bilinear2d", "flip", "permute",
        "transpose", "slice", "tile", "gather", "take_along_axis", "reduce_max", "reduce_min"})
    if (is(same)) return a;
  return {};
}

Range of_node(const Graph& g, NodeId id, const std::vector<Range>& known) {
  const Node& node = g.node(id);
  const std::string_view op = node.op->name;
  const auto inputs = g.inputs_of(id);
  const auto operand = [&](std::size_t i) { return known[static_cast<std::size_t>(inputs[i])]; };
  if (inputs.empty()) return {};
  if (node.op->kind == OpKind::view || node.op->kind == OpKind::broadcast) return operand(0);
  if (op == "concat") {
    Range all = operand(0);
    for (std::size_t i = 1; i < inputs.size(); ++i) all = hull(all, operand(i));
    return all;
  }
  if (node.dtype == boolean) return {0, 1};
  if (inputs.size() >= 2) {
    const Range a = operand(0);
    const Range b = operand(1);
    if (op == "add") return {a.low + b.low, a.high + b.high};
    if (op == "subtract") return {a.low - b.high, a.high - b.low};
    // The product of a node with itself is a square.
    if (op == "multiply") return inputs[0] == inputs[1] ? square_of(a) : product(a, b);
    if (op == "divide") return product(a, reciprocal_of(b));
    if (op == "maximum") return {std::max(a.low, b.low), std::max(a.high, b.high)};
    if (op == "minimum") return {std::min(a.low, b.low), std::min(a.high, b.high)};
    if (op == "absolute_error") return {0, infinity};
    if (op == "elu") return {a.low >= 0 ? 0 : -b.high, std::max(0.0, a.high)};
    if (op == "leaky_relu" && b.low >= 0)
      return {a.low < 0 ? times(a.low, b.high) : a.low, a.high < 0 ? times(a.high, b.low) : a.high};
    if (op == "pow" && b.low == b.high && b.low == 2) return square_of(a);
    if (op == "select") return hull(b, operand(2));
    if (op == "clamp") {
      const Range c = operand(2);
      return {std::min(std::max(a.low, b.low), c.high), std::min(std::max(a.high, b.low), c.high)};
    }
  }
  return of_one(op, operand(0));
}

}  // namespace

std::vector<Range> ranges_of(const Graph& g, const std::function<Range(NodeId)>& of_input) {
  std::vector<Range> ranges(static_cast<std::size_t>(g.size()));
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& node = g.node(id);
    Range& range = ranges[static_cast<std::size_t>(id)];
    switch (node.op->kind) {
      case OpKind::input:
        range = of_input(id);
        break;
      case OpKind::constant:
      case OpKind::setting:
        range = {node.attributes.number, node.attributes.number};
        break;
      case OpKind::extent:
        range = {1, infinity};
        break;
      case OpKind::variable:
        break;
      default:
        range = of_node(g, id, ranges);
    }
    if (std::isnan(range.low) || std::isnan(range.high)) range = {};
  }
  return ranges;
}

std::vector<Dependence> dependences_of(const Graph& g) {
  std::vector<Dependence> all(static_cast<std::size_t>(g.size()));
  for (const Variable& v : g.variables)
    if (v.trainable) all[static_cast<std::size_t>(v.node)].parameters = true;
  for (NodeId id = 0; id < g.size(); ++id) {
    Dependence& each = all[static_cast<std::size_t>(id)];
    if (g.node(id).op->kind == OpKind::input) each.inputs = true;
    for (const NodeId input : g.inputs_of(id)) {
      const Dependence& of = all[static_cast<std::size_t>(input)];
      each.parameters = each.parameters || of.parameters;
      each.inputs = each.inputs || of.inputs;
    }
  }
  return all;
}

std::vector<char> ancestors_of(const Graph& g, std::span<const NodeId> roots) {
  std::vector<char> needed(static_cast<std::size_t>(g.size()), 0);
  for (const NodeId id : roots)
    if (id != no_node) needed[static_cast<std::size_t>(id)] = 1;
  for (NodeId id = g.size() - 1; id >= 0; --id)
    if (needed[static_cast<std::size_t>(id)] != 0)
      for (const NodeId input : g.inputs_of(id)) needed[static_cast<std::size_t>(input)] = 1;
  return needed;
}

NodeId under_views(const Graph& g, NodeId id) {
  while (g.node(id).op->kind == OpKind::view || g.node(id).op->kind == OpKind::broadcast ||
         g.node(id).op->name == "cast")
    id = g.inputs_of(id)[0];
  return id;
}

}  // namespace foregraph::checks
