// Predictions compared with the losses that read them and with their targets.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/known_values.hpp>
#include <foregraph/detail/diagnose/preflight/one_batch.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <string_view>

namespace foregraph::checks {
namespace {

/// A loss that can never fall below this has a wrong activation.
constexpr double largest_floor = 0.1;

double soft_plus_of(double x) {
  return x > 30 ? x : std::log1p(std::exp(x));
}

// Activations in front of a cross-entropy.

void report_activation(Context& context, const Graph& g, const LossOp& loss, Range range,
                       double least_loss, const char* expects) {
  context.report.add({"activation-before-loss",
                      Severity::warning,
                      "the loss takes logits, but gets " + text_of(g, loss.prediction) +
                          ", whose values are from " + text_of(range) +
                          ": its loss cannot be lower than " + number(least_loss),
                      "the loss applies its softmax or sigmoid on top of another: predictions stay "
                      "uncertain, gradients are small, and the loss stops falling far from zero",
                      expects,
                      {{"low", std::isfinite(range.low) ? range.low : -1e308},
                       {"high", std::isfinite(range.high) ? range.high : 1e308},
                       {"least_loss", least_loss}}});
}

void check_logits(Context& context, const Known& known, const LossOp& loss) {
  const Graph& g = known.g;
  const Range range = known.wide(loss.prediction);
  const char* const way_out =
      "pass the outputs of the last layer to the loss without an activation; apply the activation "
      "to the model's outputs only";
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
       "the loss takes logits, but gets " + text_of(g, last),
       op == "relu" ? "a class whose unit is off gets no gradient from the sample, and no logit "
                      "can be negative"
                    : "none: the softmax of a log_softmax is the softmax, but it is computed twice",
       way_out,
       {}});
}

/// Finds values outside [0, 1] in front of a binary cross-entropy, using a small batch.
void check_probability(Context& context, const Known& known, const LossOp& loss) {
  const Range range = known.wide(loss.prediction);
  if ((range.low > -1e-6 && range.high < 1 + 1e-6) || !context.can_run) return;
  Graph g = known.g.clone();
  g.outputs = {loss.prediction};
  const OneBatch batch_run(context, g, 32);
  if (!batch_run) return;
  const Range found = batch_run.run().range_of_output(0);
  if (found.low > -1e-3 && found.high < 1.001) return;
  context.report.add(
      {"prediction-outside-0-to-1",
       Severity::error,
       "a binary cross-entropy takes probabilities, but gets " + text_of(known.g, loss.prediction) +
           ", whose values are from " + text_of(found) + " in a batch of " +
           with_separators(batch_run.size()),
       "values outside 0 to 1 are clipped: their gradient is wrong, and the loss is meaningless",
       "a sigmoid as the last layer, or binary_cross_entropy_with_logits() without a sigmoid",
       {{"low", found.low}, {"high", found.high}}});
}

// Targets within reach of the predictions they are compared with.

/// Returns whether the error `id` is weighted, or masked, by data.
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
  // Without outputs, differences within the model cannot be told from errors by position.
  if (known.g.outputs.empty() &&
      ancestors_of(known.g,
                   {&prediction, 1})[static_cast<std::size_t>(under_views(known.g, target))] != 0)
    return;
  const Range out = known.wide(prediction);
  const Range wanted = known.core(target);
  if (!std::isfinite(wanted.span())) return;
  const double tolerance = 1e-3 * std::max(wanted.span(), 1e-6);
  if (wanted.low >= out.low - tolerance && wanted.high <= out.high + tolerance) return;
  if (is_masked(known, id)) return;
  context.report.add({"target-outside-output",
                      Severity::warning,
                      "targets in " + text_of(known.g, target) + " are from " + text_of(wanted) +
                          " (98 % of them), but " + text_of(known.g, prediction) +
                          ", which is compared with them, ranges from " + text_of(out),
                      "the output cannot reach such targets: it saturates at the end of its range, "
                      "where it has no gradient",
                      "remove the activation of the last layer, use one with the range of the "
                      "targets, or scale the targets to the range of the output",
                      {{"target_low", wanted.low},
                       {"target_high", wanted.high},
                       {"output_low", std::isfinite(out.low) ? out.low : -1e308},
                       {"output_high", std::isfinite(out.high) ? out.high : 1e308}}});
}

/// Finds max(0, 1 - label * score) with labels 0 and 1.
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
    context.report.add(
        {"hinge-labels",
         Severity::error,
         "labels of a hinge loss, " + text_of(g, factors[k]) + ", are from " + text_of(labels),
         "samples with label 0 have a constant loss and no gradient: only one class is learned",
         "map labels 0 and 1 to -1 and 1: 2 * label - 1",
         {{"least", labels.low}, {"most", labels.high}}});
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
    if (known.only_loss[static_cast<std::size_t>(id)] == 0) continue;
    const std::string_view op = g.node(id).op->name;
    if (op == "subtract" || op == "absolute_error") check_comparison(context, known, id);
    if (op == "relu" || op == "maximum") check_hinge(context, known, id);
  }
  check_loss_form(context, known);
}

}  // namespace foregraph::checks
