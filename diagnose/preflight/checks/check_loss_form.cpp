// The form of the loss: its axes, its sign and its operands.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/known_values.hpp>
#include <string_view>

namespace foregraph::checks {
namespace {

// Softmax along the intended axis.

bool is_softmax(const Graph& g, NodeId id) {
  const std::string_view op = g.node(id).op->name;
  return op == "softmax" || op == "log_softmax";
}

void check_batch_axis(Context& context, const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  const auto axis = static_cast<int>(node.attributes.integers[0]);
  if (axis >= node.shape.rank || node.shape[axis].is_constant()) return;
  context.report.add(
      {"softmax-over-batch",
       Severity::warning,
       text_of(g, id) + " runs along axis " + std::to_string(axis) + ", the batch axis",
       "probabilities sum to one across the batch: the prediction for one sample depends on the "
       "others and on the batch size",
       "softmax(x, -1), along the class axis",
       {{"axis", static_cast<double>(axis)}}});
}

/// Returns whether the values of a field sum to one along `axis` of its rows, in nearly all of
/// them.
bool sums_to_one(const Column& column, const std::vector<std::int64_t>& row_shape, int axis,
                 std::int64_t rows) {
  std::int64_t inner = 1;
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < row_shape.size(); ++i)
    inner *= row_shape[i];
  const std::int64_t length = row_shape[static_cast<std::size_t>(axis)];
  const std::int64_t outer = column.elements / std::max<std::int64_t>(1, inner * length);
  std::int64_t right = 0;
  std::int64_t all = 0;
  for (std::int64_t r = 0; r < std::min<std::int64_t>(rows, 64); ++r)
    for (std::int64_t o = 0; o < outer; ++o)
      for (std::int64_t i = 0; i < inner; ++i) {
        double sum = 0;
        for (std::int64_t k = 0; k < length; ++k)
          sum += column.value(r, (o * length + k) * inner + i);
        right += std::abs(sum - 1) < 1e-3 ? 1 : 0;
        ++all;
      }
  return all > 0 && static_cast<double>(right) > 0.98 * static_cast<double>(all);
}

/// Finds targets that are distributions along a different axis than the softmax they are compared
/// with.
void check_softmax_axis(Context& context, const Known& known, NodeId id) {
  const Graph& g = known.g;
  const auto inputs = g.inputs_of(id);
  for (const std::size_t k : {0U, 1U}) {
    NodeId prediction = inputs[k];
    while (g.node(prediction).op->name == "log" || g.node(prediction).op->name == "negate" ||
           g.node(prediction).op->name == "maximum")
      prediction = g.inputs_of(prediction)[0];
    const NodeId target = under_views(g, inputs[1 - k]);
    if (!is_softmax(g, prediction) || g.node(target).op->kind != OpKind::input) continue;
    const Node& node = g.node(prediction);
    const Column* const column = context.sample.find(g.text(g.node(target).name));
    if (column == nullptr || node.shape != g.node(target).shape || node.shape.rank < 3) continue;
    std::vector<std::int64_t> row_shape;
    for (int i = 1; i < node.shape.rank; ++i) row_shape.push_back(node.shape[i].constant);
    const auto axis = static_cast<int>(node.attributes.integers[0]) - 1;
    if (axis < 0 || sums_to_one(*column, row_shape, axis, context.sample.size())) continue;
    for (int other = 0; other < static_cast<int>(row_shape.size()); ++other) {
      if (other == axis || !sums_to_one(*column, row_shape, other, context.sample.size())) continue;
      context.report.add({"softmax-over-wrong-axis",
                          Severity::error,
                          text_of(g, prediction) + " runs along axis " + std::to_string(axis + 1) +
                              ", but targets '" + column->spec.name + "' sum to one along axis " +
                              std::to_string(other + 1),
                          "predictions are probabilities of positions, not of classes, and can "
                          "never match the targets",
                          "softmax(x, " + std::to_string(other + 1) + ')',
                          {{"axis", static_cast<double>(axis + 1)},
                           {"expected", static_cast<double>(other + 1)}}});
      return;
    }
  }
}

// The direction in which the loss drives errors.

/// Returns the sign with which each node contributes to the loss: 1, -1, or 0 if both or unknown.
std::vector<int> signs_in_loss(const Known& known) {
  const Graph& g = known.g;
  constexpr int unset = 2;
  std::vector<int> sign(static_cast<std::size_t>(g.size()), unset);
  sign[static_cast<std::size_t>(g.loss)] = 1;
  for (NodeId id = g.loss; id >= 0; --id) {
    const int own = sign[static_cast<std::size_t>(id)];
    if (own == unset) continue;
    const Node& node = g.node(id);
    const std::string_view op = node.op->name;
    const auto inputs = g.inputs_of(id);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      int factor = 0;
      if (node.op->kind == OpKind::view || node.op->kind == OpKind::broadcast || op == "add" ||
          op == "sum" || op == "cast" || op == "sqrt" || op == "log" || op == "exp" ||
          op == "softplus")
        factor = 1;
      else if (op == "subtract")
        factor = i == 0 ? 1 : -1;
      else if (op == "negate")
        factor = -1;
      else if ((op == "multiply" || (op == "divide" && i == 0)) && inputs.size() == 2) {
        const Range other = known.wide(inputs[1 - i]);
        factor = other.low > 0 ? 1 : other.high < 0 ? -1 : 0;
      }
      int& of_input = sign[static_cast<std::size_t>(inputs[i])];
      const int here = own * factor;
      of_input = of_input == unset || of_input == here ? here : 0;
    }
  }
  return sign;
}

/// Finds errors that the loss rewards.
void check_sign(Context& context, const Known& known) {
  const Graph& g = known.g;
  const std::vector<int> signs = signs_in_loss(known);
  int positive = 0;
  NodeId negative = no_node;
  const auto count = [&](NodeId id) {
    const int sign = signs[static_cast<std::size_t>(id)];
    if (sign == -1) negative = id;
    if (sign != -1) ++positive;
  };
  for (const LossOp& loss : loss_ops_of(g))
    if (known.only_loss[static_cast<std::size_t>(loss.node)] != 0) count(loss.node);
  for (NodeId id = 0; id < g.size(); ++id) {
    if (known.only_loss[static_cast<std::size_t>(id)] == 0) continue;
    const std::string_view op = g.node(id).op->name;
    const auto inputs = g.inputs_of(id);
    const bool is_square = op == "square" || (op == "multiply" && inputs[0] == inputs[1]);
    if (op == "absolute_error") count(id);
    if (!is_square || g.node(under_views(g, inputs[0])).op->name != "subtract") continue;
    const auto sides = g.inputs_of(under_views(g, inputs[0]));
    if (known.is_prediction(sides[0]) != known.is_prediction(sides[1]) &&
        (known.is_data(sides[0]) || known.is_data(sides[1])))
      count(id);
  }
  if (negative == no_node || positive > 0) return;
  context.report.add({"loss-is-maximised",
                      Severity::error,
                      text_of(g, negative) + " enters the loss with a negative sign",
                      "training maximizes the error: the loss falls without limit",
                      "remove the minus sign: training minimizes the loss",
                      {}});
}

/// Finds an input of the prediction that is also the label it is compared with.
void check_label_input(Context& context, const Known& known) {
  const Graph& g = known.g;
  for (const LossOp& loss : loss_ops_of(g)) {
    const NodeId label = under_views(g, loss.target);
    if (g.node(label).op->kind != OpKind::input || g.node(label).shape.elements().per_sample != 1 ||
        ancestors_of(g, {&loss.prediction, 1})[static_cast<std::size_t>(label)] == 0)
      continue;
    // Margins added to the label's logit only in training are fine.
    const InputRole* const role = context.role(g.text(g.node(label).name));
    if (role == nullptr || !role->is_feature) continue;
    context.report.add({"label-is-a-feature",
                        Severity::warning,
                        "the prediction " + text_of(g, loss.prediction) + " is computed from '" +
                            std::string(g.text(g.node(label).name)) +
                            "', the label it is compared with",
                        "the model learns to copy the label, and is useless without it",
                        "do not compute the prediction from the label",
                        {}});
    return;
  }
}

}  // namespace

void check_loss_form(Context& context, const Known& known) {
  const Graph& g = known.g;
  for (NodeId id = 0; id < g.size(); ++id) {
    if (is_softmax(g, id)) check_batch_axis(context, g, id);
    if (known.only_loss[static_cast<std::size_t>(id)] == 0) continue;
    const std::string_view op = g.node(id).op->name;
    if (op == "multiply" || op == "subtract" || op == "absolute_error" ||
        op == "binary_cross_entropy")
      check_softmax_axis(context, known, id);
  }
  if (!context.model.stopped_gradients) check_sign(context, known);
  check_label_input(context, known);
}

}  // namespace foregraph::checks
