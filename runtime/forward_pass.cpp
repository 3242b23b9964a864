#include <foregraph/graph/error.hpp>
#include <foregraph/graph/print.hpp>
#include <foregraph/runtime/data/loader.hpp>
#include <foregraph/runtime/data/match_fields.hpp>
#include <foregraph/runtime/forward_pass.hpp>
#include <foregraph/runtime/metrics/metric_shapes.hpp>
#include <memory>

namespace foregraph {
namespace {

/// A metric with the nodes it compares.
struct Measured {
  const Metric* metric;
  std::unique_ptr<MetricAccumulator> accumulator;
  NodeId output = no_node;
  NodeId target = no_node;
};

/// Keeps only the inputs that some node reads.
Graph without_unread_inputs(Graph g) {
  std::vector<char> read(static_cast<std::size_t>(g.size()), 0);
  for (NodeId id = 0; id < g.size(); ++id)
    for (const NodeId input : g.inputs_of(id)) read[static_cast<std::size_t>(input)] = 1;
  for (const NodeId id : g.outputs) read[static_cast<std::size_t>(id)] = 1;
  std::erase_if(g.inputs, [&](NodeId id) { return read[static_cast<std::size_t>(id)] == 0; });
  return g;
}

/// Which of the graph's nodes `id` depends on.
std::vector<char> ancestors_of(const Graph& g, NodeId id) {
  std::vector<char> reached(static_cast<std::size_t>(g.size()), 0);
  reached[static_cast<std::size_t>(id)] = 1;
  for (NodeId node = id; node >= 0; --node)
    if (reached[static_cast<std::size_t>(node)] != 0)
      for (const NodeId input : g.inputs_of(node)) reached[static_cast<std::size_t>(input)] = 1;
  return reached;
}

Measured measured(const Graph& g, const Metric& metric) {
  Measured result{&metric, metric.accumulator()};
  if (metric.reads() == MetricReads::loss && metric.target().empty()) return result;
  const std::string name = "metric '" + metric.name() + "'";
  if (metric.output() >= g.outputs.size())
    throw UsageError(name + ": output " + std::to_string(metric.output()) +
                     " was asked for, but the model has " + std::to_string(g.outputs.size()) +
                     "; name them in Model::outputs");
  result.output = g.outputs[metric.output()];
  const Node& node = g.node(result.output);
  if (node.dtype != f32 || node.shape.elements().constant != 0)
    throw UsageError(name + ": output " + std::to_string(metric.output()) + " is " +
                     to_string(node.dtype, node.shape) + ", expected f32 and one row per sample");
  const std::vector<char> read = ancestors_of(g, result.output);
  std::vector<MetricInput> inputs;
  for (const NodeId id : g.inputs)
    inputs.push_back({std::string(g.text(g.node(id).name)), g.node(id).dtype,
                      read[static_cast<std::size_t>(id)] != 0});
  result.target = g.inputs[target_of(metric, inputs)];
  check_metric_shapes(metric, node, g.node(result.target));
  return result;
}

MetricBatch batch_for(const Measured& measured, const Program& program, std::int64_t samples) {
  MetricBatch values{.samples = samples, .loss = program.loss()};
  const Graph& g = program.graph();
  if (measured.output == no_node) return values;
  values.output_elements = g.node(measured.output).shape.elements().per_sample;
  values.output = {reinterpret_cast<const float*>(program.address_of(measured.output)),
                   static_cast<std::size_t>(samples * values.output_elements)};
  const Node& target = g.node(measured.target);
  values.target_dtype = target.dtype;
  values.target_elements = target.shape.elements().per_sample;
  values.target = {
      program.address_of(measured.target),
      static_cast<std::size_t>(samples * values.target_elements * bytes_per_element(target.dtype))};
  return values;
}

}  // namespace

template <class Consume>
void ForwardPass::for_each_batch(const Pipeline& data, const Consume& consume) const {
  const Plan& plan = program_->plan();
  Loader loader(data.in_order().batch(plan.batch).workers(1).prefetch(0),
                match_fields(program_->graph(), plan, data.in_order()), slot_bases(inputs_, plan));
  Batch rows;
  loader.start_epoch(0);
  while (loader.next(rows)) {
    program_->bind(rows.size);
    program_->run();
    consume(rows.size);
  }
}

Evaluation ForwardPass::evaluate(const Pipeline& data, std::span<const Metric> metrics) const {
  std::vector<Measured> all;
  for (const Metric& metric : metrics) all.push_back(measured(program_->graph(), metric));
  Evaluation result;
  double weighted_loss = 0;
  for_each_batch(data, [&](std::int64_t samples) {
    weighted_loss += program_->loss() * static_cast<double>(samples);
    result.samples += samples;
    for (Measured& each : all) each.accumulator->add(batch_for(each, *program_, samples));
  });
  result.loss = weighted_loss / static_cast<double>(result.samples);
  for (const Measured& each : all)
    result.metrics.emplace_back(each.metric->name(), each.accumulator->value());
  return result;
}

std::vector<float> ForwardPass::predict(const Pipeline& data, NodeId output) const {
  const std::int64_t elements = program_->graph().node(output).shape.elements().per_sample;
  std::vector<float> result;
  result.reserve(static_cast<std::size_t>(data.in_order().samples_per_epoch() * elements));
  for_each_batch(data, [&](std::int64_t samples) {
    const auto* values = reinterpret_cast<const float*>(program_->address_of(output));
    result.insert(result.end(), values, values + samples * elements);
  });
  return result;
}

Graph prediction_graph(const Graph& built, Model model) {
  model.loss = {};
  return without_unread_inputs(evaluation_graph(built, model));
}

NodeId output_to_predict(const Graph& prediction, std::size_t index) {
  if (index >= prediction.outputs.size())
    throw UsageError("predict: output " + std::to_string(index) +
                     " was asked for, but the model has " +
                     std::to_string(prediction.outputs.size()) + "; name them in Model::outputs");
  const NodeId id = prediction.outputs[index];
  const Node& node = prediction.node(id);
  if (node.shape.elements().constant != 0 || node.dtype != f32)
    throw UsageError("predict: output " + std::to_string(index) + " is " +
                     to_string(node.dtype, node.shape) + ", expected f32 and one row per sample");
  return id;
}

}  // namespace foregraph
