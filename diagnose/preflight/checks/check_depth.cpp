// Values on their way forward through the layers, and gradients on their way back.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/diagnose/preflight/equal_chances.hpp>
#include <foregraph/detail/diagnose/preflight/measuring.hpp>
#include <foregraph/detail/diagnose/preflight/one_batch.hpp>
#include <foregraph/detail/graph/passes/dead_nodes.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <string_view>

namespace foregraph::checks {
namespace {

constexpr double least_ratio = 1e-5;
constexpr std::int64_t fewest_units = 16;
constexpr double most_dead = 0.9;
constexpr double most_saturated = 0.95;

struct Weight {
  NodeId reader = no_node;  ///< the first one
  NodeId node = no_node;
  double size = 0;  ///< root mean square of its gradient
};

/// Returns the weights in the order in which the forward pass reads them.
std::vector<Weight> weights_of(const Graph& g, const std::vector<double>& squared_norms) {
  std::vector<Weight> weights;
  std::size_t next = 0;
  for (const Variable& v : g.variables) {
    if (!v.trainable || next >= squared_norms.size()) continue;
    const double squared = squared_norms[next++];
    const Shape& shape = g.node(v.node).shape;
    if (shape.rank < 2) continue;
    NodeId reader = v.node + 1;
    const auto reads = [&](NodeId id) {
      const auto inputs = g.inputs_of(id);
      return std::find(inputs.begin(), inputs.end(), v.node) != inputs.end();
    };
    while (reader < g.size() && !reads(reader)) ++reader;
    const auto elements = static_cast<double>(std::max<std::int64_t>(1, shape.elements().constant));
    weights.push_back({reader, v.node, std::sqrt(squared / elements)});
  }
  std::sort(weights.begin(), weights.end(),
            [](const Weight& a, const Weight& b) { return a.reader < b.reader; });
  return weights;
}

double median_size(std::vector<Weight>::const_iterator begin,
                   std::vector<Weight>::const_iterator end) {
  std::vector<double> sizes;
  for (auto each = begin; each != end; ++each) sizes.push_back(each->size);
  std::sort(sizes.begin(), sizes.end());
  return sizes[sizes.size() / 2];
}

struct Layer {
  NodeId node = no_node;  ///< in the gradient graph
  bool is_relu = false;
};

}  // namespace

void check_depth(Context& context, const std::vector<double>& squared_norms) {
  const Graph& g = *context.model.gradients;
  const std::vector<Weight> weights = weights_of(g, squared_norms);
  if (weights.size() < 3) return;
  const auto quarter = static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, weights.size() / 4));
  const double first = median_size(weights.begin(), weights.begin() + quarter);
  const double last = median_size(weights.end() - quarter, weights.end());
  double least = last;
  for (const Weight& each : weights)
    if (each.size > 0) least = std::min(least, each.size);
  // Gradients that are exactly zero, as behind weights initialised to zero, have not vanished.
  if (!(last > 0) || first >= least_ratio * last || least >= least_ratio * last) return;
  context.report.add(
      {"vanishing-gradients",
       Severity::warning,
       "gradients of the first weights, such as '" + full_name(g, weights.front().node) +
           "', are " + number(first) + " (root mean square), those of the last, such as '" +
           full_name(g, weights.back().node) + "', " + number(last),
       "the first layers stay at their initial values",
       "ReLU or GELU instead of sigmoid or tanh, batch or layer norm, residual connections, or "
       "fewer layers",
       {{"first", first}, {"last", last}, {"weights", static_cast<double>(weights.size())}}});
}

void check_activations(Context& context) {
  if (context.model.gradients == nullptr) return;
  Graph g = context.model.gradients->clone();
  std::vector<Layer> layers;
  g.outputs.clear();
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& node = g.node(id);
    const std::string_view op = node.op->name;
    const bool is_relu = op == "relu";
    if (node.phase != Phase::forward || !is_floating(node.dtype) || node.shape.rank < 2 ||
        (!is_relu && op != "sigmoid" && op != "tanh"))
      continue;
    layers.push_back({id, is_relu});
    g.outputs.push_back(id);
  }
  if (layers.empty()) return;
  const std::int64_t size =
      std::min<std::int64_t>({32, context.data.samples_per_epoch(), context.data.largest_batch()});
  if (size < std::min<std::int64_t>(32, context.data.samples_per_epoch()) && size < 8) return;
  const OneBatch batch_run(context, passes::remove_dead_nodes(g), size);
  if (!batch_run) {
    if (!batch_run.reason().empty()) context.report.add_skipped("activations", batch_run.reason());
    return;
  }
  const ModelRun& run = batch_run.run();
  context.report.add_checked("activations");
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Node& node = context.model.gradients->node(layers[i].node);
    const std::string name = describe_tensor(*context.model.gradients, layers[i].node) + " (" +
                             file_and_line(node.at) + ")";
    const Dim last = node.shape[-1];
    if (layers[i].is_relu) {
      if (!last.is_constant() || last.constant < fewest_units) continue;
      const std::int64_t units = last.constant;
      std::vector<char> on(static_cast<std::size_t>(units), 0);
      run.for_each_value(i, [&](std::int64_t at, double value) {
        if (value > 0) on[static_cast<std::size_t>(at % units)] = 1;
      });
      const auto dead = static_cast<double>(std::count(on.begin(), on.end(), 0));
      const double share = dead / static_cast<double>(units);
      if (share < most_dead) continue;
      context.report.add({"dead-units",
                          Severity::warning,
                          percent(share) + " of the " + with_separators(units) + " units of " +
                              name + " are 0 for all " + counted(batch_run.size(), "sample") +
                              " of a batch",
                          "units that are off for all samples have no gradient and never learn",
                          "the layer's default initial weights and biases; standardized features; "
                          "a lower learning rate if training has already started",
                          {{"share", share}, {"units", static_cast<double>(units)}}});
      return;
    }
    const double low = node.op->name == std::string_view("tanh") ? -1 : 0;
    double saturated = 0;
    double all = 0;
    run.for_each_value(i, [&](std::int64_t, double value) {
      saturated += value < low + 1e-3 || value > 1 - 1e-3 ? 1 : 0;
      all += 1;
    });
    if (all < 64 || saturated < most_saturated * all) continue;
    context.report.add({"saturated-units",
                        Severity::warning,
                        percent(saturated / all) + " of the values of " + name +
                            " are within 0.001 of the ends of its range",
                        "the gradient almost vanishes there: the layers before it do not learn",
                        "smaller initial weights; standardized features",
                        {{"share", saturated / all}}});
    return;
  }
}

std::optional<double> measured_equal_chances(Context& context, std::int64_t batch_size,
                                             std::byte* variables) {
  const Graph g = with_equal_chances(*context.model.gradients);
  const Plan plan = plan_memory(g, batch_size);
  if (!too_expensive(context, g, plan, 1).empty()) return std::nullopt;
  ModelRun run(g, plan, variables);
  data::Loader loader = run.loader(at_random(context.data, batch_size));
  data::Batch batch_data;
  loader.start_epoch(0);
  double sum = 0;
  double batches = 0;
  while (batches < 4 && loader.next(batch_data)) {
    sum += run.run(batch_data);
    ++batches;
  }
  if (batches == 0 || !std::isfinite(sum)) return std::nullopt;
  return sum / batches;
}

}  // namespace foregraph::checks
