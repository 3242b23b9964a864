// The model's predictions against the losses they go into and the targets they are compared with.
#include <algorithm>
#include <cmath>
#include <foregraph/graph/print.hpp>
#include <foregraph/planner/report.hpp>
#include <foregraph/runtime/preflight/checks.hpp>
#include <foregraph/runtime/preflight/measuring.hpp>
#include <foregraph/runtime/preflight/model_run.hpp>
#include <foregraph/runtime/preflight/value_ranges.hpp>
#include <string_view>

namespace foregraph::checks {
namespace {

/// A loss that cannot come below this, whatever is learned, is one of a wrong activation.
constexpr double largest_floor = 0.1;

std::string text_of_range(Range range) {
  const auto bound = [](double value) {
    return std::isfinite(value) ? number(value) : std::string(value < 0 ? "-inf" : "inf");
  };
  return bound(range.low) + " to " + bound(range.high);
}

std::string node_text(const Graph& g, NodeId id) {
  return describe_tensor(g, id) + " (" + file_and_line(g.node(id).at) + ")";
}

double soft_plus_of(double x) {
  return x > 30 ? x : std::log1p(std::exp(x));
}

/// Least and largest of a field's samples, and those of its middle 98 %.
struct FieldRange {
  Range all{};
  Range middle{};
};
FieldRange range_of(const Column& column, std::int64_t rows) {
  std::vector<double> values;
  const std::int64_t step = std::max<std::int64_t>(1, rows * column.elements / 65'536);
  for (std::int64_t i = 0; i < rows * column.elements; i += step) {
    const double value = column.value(i / column.elements, i % column.elements);
    if (std::isfinite(value)) values.push_back(value);
  }
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t edge = values.size() / 100;
  return {{values.front(), values.back()}, {values[edge], values[values.size() - 1 - edge]}};
}

/// What is known of the forward graph and the data.
struct Known {
  const Graph& g;
  std::vector<Range> all{};     ///< for all data
  std::vector<Range> middle{};  ///< for the middle 98 % of each field
  std::vector<Dependence> on{};
  std::vector<char> only_loss{};  ///< needed for the loss and for no output

  [[nodiscard]] Range wide(NodeId id) const { return all[static_cast<std::size_t>(id)]; }
  [[nodiscard]] Range core(NodeId id) const { return middle[static_cast<std::size_t>(id)]; }
  [[nodiscard]] bool is_prediction(NodeId id) const {
    return on[static_cast<std::size_t>(id)].parameters;
  }
  [[nodiscard]] bool is_data(NodeId id) const {
    const Dependence& each = on[static_cast<std::size_t>(id)];
    return each.inputs && !each.parameters;
  }
};

Known known_of(const Context& context) {
  const Graph& g = *context.model.evaluation;
  Known known{g};
  std::vector<FieldRange> of_inputs(static_cast<std::size_t>(g.size()));
  for (const InputRole& role : context.roles)
    if (const Column* const column = context.sample.find(role.name))
      of_inputs[static_cast<std::size_t>(role.node)] = range_of(*column, context.sample.size());
  known.all = ranges_of(g, [&](NodeId id) { return of_inputs[static_cast<std::size_t>(id)].all; });
  known.middle =
      ranges_of(g, [&](NodeId id) { return of_inputs[static_cast<std::size_t>(id)].middle; });
  known.on = dependences_of(g);
  known.only_loss = ancestors_of(g, {g.loss});
  const std::vector<char> for_outputs = ancestors_of(g, g.outputs);
  for (std::size_t i = 0; i < for_outputs.size(); ++i)
    if (for_outputs[i] != 0) known.only_loss[i] = 0;
  return known;
}

// Activations in front of a cross-entropy.

void report_activation(Context& context, const Graph& g, const LossOp& loss, Range range,
                       double least_loss, const char* expects) {
  context.report.add(
      {"activation-before-loss",
       Severity::warning,
       "the loss takes logits, but gets " + node_text(g, loss.prediction) +
           ", whose values are from " + text_of_range(range) + ": its loss cannot be lower than " +
           number(least_loss),
       "the loss applies its own softmax or sigmoid to the result of another: predictions stay "
       "unsure, gradients are small, and the loss stops falling far from zero",
       expects,
       {{"low", std::isfinite(range.low) ? range.low : -1e308},
        {"high", std::isfinite(range.high) ? range.high : 1e308},
        {"least_loss", least_loss}}});
}

void check_logits(Context& context, const Known& known, const LossOp& loss) {
  const Graph& g = known.g;
  const Range range = known.wide(loss.prediction);
  const char* const way_out =
      "give the loss the outputs of the last layer as they are, without an activation; apply it to "
      "the model's outputs only";
  if (loss.kind == LossOp::Kind::binary_of_logits) {
    const Range target = known.core(loss.target);
    const double of_ones = target.high > 0.9 ? soft_plus_of(-range.high) : 0;
    const double of_zeros = target.low < 0.1 ? soft_plus_of(range.low) : 0;
    if (const double floor = std::max(of_ones, of_zeros); floor > largest_floor)
      report_activation(context, g, loss, range, floor, way_out);
    return;
  }
  const std::int64_t classes = g.node(loss.prediction).shape[-1].constant;
  const double floor =
      classes > 1 ? std::log1p(static_cast<double>(classes - 1) * std::exp(-range.span())) : 0;
  if (floor > largest_floor) return report_activation(context, g, loss, range, floor, way_out);
  const NodeId last = under_views(g, loss.prediction);
  const std::string_view op = g.node(last).op->name;
  if (op != "log_softmax" && op != "relu") return;
  context.report.add(
      {"activation-before-loss",
       Severity::note,
       "the loss takes logits, but gets " + node_text(g, last),
       op == "relu"
           ? "a class whose unit is off has no gradient by this sample, and no logit can be "
             "below zero"
           : "nothing: the softmax of a log_softmax is the softmax; but it is computed "
             "twice",
       way_out,
       {}});
}

/// Probabilities that are none, for a binary cross-entropy: by the values of a small batch.
void check_probability(Context& context, const Known& known, const LossOp& loss) {
  const Range range = known.wide(loss.prediction);
  if ((range.low > -1e-6 && range.high < 1 + 1e-6) || !context.can_run) return;
  const std::int64_t size = std::min<std::int64_t>(32, context.data.samples_per_epoch());
  Graph g = known.g.clone();
  g.outputs = {loss.prediction};
  const Plan plan = plan_memory(g, size);
  if (!too_expensive(context, g, plan, 1).empty()) return;
  const Variables variables = Variables::present(context.model);
  ModelRun run(g, plan, variables.data());
  Loader loader = run.loader(at_random(context.data, size));
  Batch batch_data;
  loader.start_epoch(0);
  if (!loader.next(batch_data)) return;
  run.run(batch_data);
  const Range found = run.range_of_output(0);
  if (found.low > -1e-3 && found.high < 1.001) return;
  context.report.add(
      {"prediction-outside-0-to-1",
       Severity::error,
       "a binary cross-entropy takes probabilities, but gets " +
           node_text(known.g, loss.prediction) + ", whose values are from " + text_of_range(found) +
           " in a batch of " + with_separators(batch_data.size),
       "values outside 0 to 1 are cut off: their gradient is wrong, and the loss means nothing",
       "a sigmoid as the last layer, or binary_cross_entropy_with_logits() without one",
       {{"low", found.low}, {"high", found.high}}});
}

// Targets in reach of what they are compared with.

/// Whether the error `id` is weighted, or masked, by data.
bool is_masked(const Known& known, NodeId id) {
  std::vector<char> reached(static_cast<std::size_t>(known.g.size()), 0);
  reached[static_cast<std::size_t>(id)] = 1;
  for (NodeId reader = id + 1; reader < known.g.size(); ++reader) {
    if (known.only_loss[static_cast<std::size_t>(reader)] == 0) continue;
    bool reads = false;
    bool by_data = false;
    for (const NodeId input : known.g.inputs_of(reader)) {
      reads = reads || reached[static_cast<std::size_t>(input)] != 0;
      by_data = by_data || known.is_data(input);
    }
    if (!reads) continue;
    const std::string_view op = known.g.node(reader).op->name;
    if (by_data && (op == "multiply" || op == "select")) return true;
    reached[static_cast<std::size_t>(reader)] = 1;
  }
  return false;
}

void check_comparison(Context& context, const Known& known, NodeId id) {
  const auto inputs = known.g.inputs_of(id);
  const bool first = known.is_prediction(inputs[0]);
  const NodeId prediction = first ? inputs[0] : inputs[1];
  const NodeId target = first ? inputs[1] : inputs[0];
  if (!known.is_prediction(prediction) || !known.is_data(target)) return;
  // Without outputs, differences within the model cannot be told from errors by their place.
  if (known.g.outputs.empty() &&
      ancestors_of(known.g, {prediction})[static_cast<std::size_t>(under_views(known.g, target))] !=
          0)
    return;
  const Range out = known.wide(prediction);
  const Range wanted = known.core(target);
  if (!std::isfinite(wanted.span())) return;
  const double tolerance = 1e-3 * std::max(wanted.span(), 1e-6);
  if (wanted.low >= out.low - tolerance && wanted.high <= out.high + tolerance) return;
  if (is_masked(known, id)) return;
  context.report.add(
      {"target-outside-output",
       Severity::warning,
       "targets in " + node_text(known.g, target) + " are from " + text_of_range(wanted) +
           " (98 % of them), but " + node_text(known.g, prediction) +
           ", which is compared with them, is from " + text_of_range(out),
       "such targets are out of reach: the output saturates at the end of its range, where it has "
       "no gradient",
       "leave the activation of the last layer out, take one with the range of the targets, or "
       "scale the targets to the range of the output",
       {{"target_low", wanted.low},
        {"target_high", wanted.high},
        {"output_low", std::isfinite(out.low) ? out.low : -1e308},
        {"output_high", std::isfinite(out.high) ? out.high : 1e308}}});
}

/// max(0, 1 - label * score) with labels 0 and 1.
void check_hinge(Context& context, const Known& known, NodeId id) {
  const Graph& g = known.g;
  const NodeId difference = under_views(g, g.inputs_of(id)[0]);
  if (g.node(difference).op->name != "subtract") return;
  const auto sides = g.inputs_of(difference);
  const NodeId product = under_views(g, sides[1]);
  const Range margin = known.wide(sides[0]);
  if (margin.low != margin.high || !(margin.low > 0) || g.node(product).op->name != "multiply")
    return;
  const auto factors = g.inputs_of(product);
  for (const std::size_t k : {0U, 1U}) {
    if (!known.is_data(factors[k]) || !known.is_prediction(factors[1 - k])) continue;
    const Range labels = known.core(factors[k]);
    if (!(labels.low >= 0 && labels.low < 0.5 && labels.high > labels.low)) continue;
    context.report.add({"hinge-labels",
                        Severity::error,
                        "labels of a hinge loss, " + node_text(g, factors[k]) + ", are from " +
                            text_of_range(labels),
                        "samples of label 0 have a constant loss and no gradient: only one class "
                        "is learned",
                        "make labels 0 and 1 the labels -1 and 1: 2 * label - 1",
                        {{"least", labels.low}, {"most", labels.high}}});
  }
}

// Softmax along the axis it is meant for.

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
       node_text(g, id) + " runs along axis " + std::to_string(axis) + ", that of the samples",
       "the samples of a batch share one probability: what is predicted for one "
       "depends on the others, and on the batch size",
       "softmax(x, -1): along the axis of the classes",
       {{"axis", static_cast<double>(axis)}}});
}

/// Whether the values of a field sum to one along `axis` of its rows, in nearly all of them.
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

/// Targets that are distributions along another axis than the softmax they are compared with.
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
      context.report.add(
          {"softmax-over-wrong-axis",
           Severity::error,
           node_text(g, prediction) + " runs along axis " + std::to_string(axis + 1) +
               ", but targets '" + column->spec.name + "' sum to one along axis " +
               std::to_string(other + 1),
           "predictions are probabilities of places, not of classes, and cannot become the targets",
           "softmax(x, " + std::to_string(other + 1) + ')',
           {{"axis", static_cast<double>(axis + 1)},
            {"expected", static_cast<double>(other + 1)}}});
      return;
    }
  }
}

// What the loss asks for.

/// The sign with which each node comes into the loss: 1, -1, or 0 where both or neither is known.
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

/// Errors that the loss rewards.
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
                      node_text(g, negative) + " comes into the loss with a negative sign",
                      "training makes the error as large as it can: the loss falls without end",
                      "leave the minus away: training minimises the loss",
                      {}});
}

/// An input of the prediction that is also the label it is compared with.
void check_label_input(Context& context, const Known& known) {
  const Graph& g = known.g;
  for (const LossOp& loss : loss_ops_of(g)) {
    const NodeId label = under_views(g, loss.target);
    if (g.node(label).op->kind != OpKind::input || g.node(label).shape.elements().per_sample != 1 ||
        ancestors_of(g, {loss.prediction})[static_cast<std::size_t>(label)] == 0)
      continue;
    // Margins that only training gives to the label's logit are fine.
    const InputRole* const role = context.role(g.text(g.node(label).name));
    if (role == nullptr || !role->is_feature) continue;
    context.report.add({"label-is-a-feature",
                        Severity::warning,
                        "the prediction " + node_text(g, loss.prediction) + " is computed from '" +
                            std::string(g.text(g.node(label).name)) +
                            "', the label it is compared with",
                        "the model learns to copy the label, and is of no use where there is none",
                        "leave the label out of what the prediction is computed from",
                        {}});
    return;
  }
}

}  // namespace

void check_predictions(Context& context) {
  const Graph& g = *context.model.evaluation;
  if (g.loss == no_node) return;
  context.report.add_checked("predictions");
  const Known known = known_of(context);
  for (const LossOp& loss : loss_ops_of(g)) {
    if (!known.is_prediction(loss.prediction)) continue;
    if (loss.kind == LossOp::Kind::binary)
      check_probability(context, known, loss);
    else
      check_logits(context, known, loss);
  }
  for (NodeId id = 0; id < g.size(); ++id) {
    if (is_softmax(g, id)) check_batch_axis(context, g, id);
    if (known.only_loss[static_cast<std::size_t>(id)] == 0) continue;
    const std::string_view op = g.node(id).op->name;
    if (op == "subtract" || op == "absolute_error") check_comparison(context, known, id);
    if (op == "relu" || op == "maximum") check_hinge(context, known, id);
    if (op == "multiply" || op == "subtract" || op == "absolute_error" ||
        op == "binary_cross_entropy")
      check_softmax_axis(context, known, id);
  }
  if (!context.model.stopped_gradients) check_sign(context, known);
  check_label_input(context, known);
}

}  // namespace foregraph::checks
