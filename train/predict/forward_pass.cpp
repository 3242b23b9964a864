#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/data/loader/match_fields.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/train/metrics/metric_shapes.hpp>
#include <foregraph/detail/train/predict/forward_pass.hpp>
#include <iterator>
#include <memory>
#include <string>
#include <type_traits>

namespace foregraph {
namespace {

/// A metric and the nodes it compares.
struct Measured {
  const Metric* metric;
  std::unique_ptr<MetricAccumulator> accumulator;
  NodeId output = no_node;
  NodeId target = no_node;
  std::vector<double> exact{};   ///< the output's values, unless they are f32
  std::vector<float> rounded{};  ///< `exact` rounded to float
};

/// Removes the inputs that no node reads.
Graph without_unread_inputs(Graph g) {
  std::vector<char> read(static_cast<std::size_t>(g.size()), 0);
  for (NodeId id = 0; id < g.size(); ++id)
    for (const NodeId input : g.inputs_of(id)) read[static_cast<std::size_t>(input)] = 1;
  for (const NodeId id : g.outputs) read[static_cast<std::size_t>(id)] = 1;
  DynamicArray<NodeId> inputs;
  for (const NodeId id : g.inputs)
    if (read[static_cast<std::size_t>(id)] != 0) inputs.push_back(id);
  g.inputs = std::move(inputs);
  return g;
}

/// Marks the nodes that `id` depends on.
std::vector<char> ancestors_of(const Graph& g, NodeId id) {
  std::vector<char> reached(static_cast<std::size_t>(g.size()), 0);
  reached[static_cast<std::size_t>(id)] = 1;
  for (NodeId node = id; node >= 0; --node)
    if (reached[static_cast<std::size_t>(node)] != 0)
      for (const NodeId input : g.inputs_of(node)) reached[static_cast<std::size_t>(input)] = 1;
  return reached;
}

/// Returns whether node `id` has one row per sample.
bool has_rows_of_samples(const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  bool has_rows =
      node.shape.rank > 0 && node.shape[0].constant == 0 && node.shape[0].per_sample > 0;
  for (int axis = 1; axis < node.shape.rank; ++axis)
    has_rows = has_rows && node.shape[axis].is_constant();
  // The rows of a sample may not be adjacent, as when two batches are joined.
  if (has_rows && node.shape[0].per_sample > 1) has_rows = has_row_per_sample(g, id);
  return has_rows;
}

/// Returns a message for an output without one row per sample.
std::string no_rows_text(const Node& node, const std::string& output) {
  return output + " is " + to_string(node.dtype, node.shape) +
         (node.shape.elements().is_constant() ? ", one value for the whole batch" : "") +
         ", expected one row per sample, [batch,...]; leave out the reduction over the batch, or "
         "move the batch to the first axis with permute()";
}

/// Throws UsageError unless node `id`, output `index`, has one row per sample.
void check_rows(const Graph& g, NodeId id, std::size_t index, const std::string& who) {
  if (!has_rows_of_samples(g, id))
    throw UsageError(no_rows_text(g.node(id), who + ": output " + std::to_string(index)));
}

template <class To, class From>
void append(std::vector<To>& to, const std::byte* from, std::int64_t count) {
  const auto* values = reinterpret_cast<const From*>(from);
  if constexpr (std::is_same_v<To, From>)
    to.insert(to.end(), values, values + count);
  else
    std::transform(values, values + count, std::back_inserter(to),
                   [](From value) { return static_cast<To>(value); });
}

template <class To>
void append(std::vector<To>& to, DType dtype, const std::byte* from, std::int64_t count) {
  switch (dtype) {
    case DType::f32:
      return append<To, float>(to, from, count);
    case DType::f64:
      return append<To, double>(to, from, count);
    case DType::i32:
      return append<To, std::int32_t>(to, from, count);
    case DType::i64:
      return append<To, std::int64_t>(to, from, count);
    case DType::boolean:
      return append<To, std::uint8_t>(to, from, count);
  }
}

/// Returns whether predict() may return values of type `from` as `to`.
bool can_be_read_as(DType from, DType to) {
  if (from == to || from == boolean) return true;
  if (from == f32 || from == f64) return to == f32 || to == f64;
  return from == i32 && (to == i64 || to == f64);
}

Measured measured(const Graph& g, const Metric& metric) {
  Measured result{&metric, metric.accumulator()};
  if (metric.reads() == MetricReads::loss && metric.target().empty()) return result;
  const std::string name = "metric '" + metric.name() + "'";
  if (metric.output() >= g.outputs.size())
    throw UsageError(name + ": output " + std::to_string(metric.output()) +
                     " was requested, but the model has " + std::to_string(g.outputs.size()) +
                     "; list them in Model::outputs");
  result.output = g.outputs[metric.output()];
  check_rows(g, result.output, metric.output(), name);
  const std::vector<char> read = ancestors_of(g, result.output);
  std::vector<MetricInput> inputs;
  for (const NodeId id : g.inputs)
    inputs.push_back({std::string(g.text(g.node(id).name)), g.node(id).dtype,
                      read[static_cast<std::size_t>(id)] != 0});
  result.target = g.inputs[target_of(metric, inputs)];
  check_metric_shapes(metric, g.node(result.output), g.node(result.target));
  return result;
}

/// Returns a batch as the metric reads it, with the loss as a mean over samples.
MetricBatch batch_for(Measured& measured, const Program& program, std::int64_t samples,
                      double loss) {
  MetricBatch values{.samples = samples, .loss = loss};
  const Graph& g = program.graph();
  if (measured.output == no_node) return values;
  const Node& output = g.node(measured.output);
  values.output_elements = output.shape.elements().per_sample;
  const std::int64_t count = samples * values.output_elements;
  const std::byte* first = program.address_of(measured.output);
  if (output.dtype == f32) {
    values.output = {reinterpret_cast<const float*>(first), static_cast<std::size_t>(count)};
  } else {
    measured.exact.clear();
    append(measured.exact, output.dtype, first, count);
    measured.rounded.assign(measured.exact.begin(), measured.exact.end());
    values.output = measured.rounded;
    values.exact_output = measured.exact;
  }
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
void ForwardPass::for_each_batch(const data::Pipeline& data, const Consume& consume) const {
  const Plan& plan = program_->plan();
  const data::Pipeline in_order = data.in_order().batch(plan.batch);
  data::Loader loader(in_order, data::match_fields(program_->graph(), plan, in_order),
                      data::slot_bases(inputs_, plan));
  data::Batch rows;
  loader.start_epoch(0);
  while (loader.next(rows)) {
    program_->bind(rows.size);
    program_->use_slot(rows.slot);
    try {
      program_->run();
      consume(rows.size);
    } catch (const IndexError& error) {
      throw_at_row(error, rows, std::string(call_) + "()");
    }
  }
}

Evaluation ForwardPass::evaluate(const data::Pipeline& data,
                                 std::span<const Metric> metrics) const {
  std::vector<Measured> all;
  for (const Metric& metric : metrics) all.push_back(measured(program_->graph(), metric));
  Evaluation result;
  double weighted_loss = 0;
  for_each_batch(data, [&](std::int64_t samples) {
    const double loss = mean_loss(loss_, program_->loss(), samples);
    weighted_loss += loss * static_cast<double>(samples);
    result.samples += samples;
    for (Measured& each : all) each.accumulator->add(batch_for(each, *program_, samples, loss));
  });
  result.loss = weighted_loss / static_cast<double>(result.samples);
  for (const Measured& each : all)
    result.metrics.emplace_back(each.metric->name(), each.accumulator->value());
  return result;
}

template <class T>
std::vector<T> ForwardPass::predict(const data::Pipeline& data, NodeId output) const {
  const Node& node = program_->graph().node(output);
  const std::int64_t elements = node.shape.elements().per_sample;
  std::vector<T> result;
  result.reserve(static_cast<std::size_t>(data.in_order().samples_per_epoch() * elements));
  for_each_batch(data, [&](std::int64_t samples) {
    append(result, node.dtype, program_->address_of(output), samples * elements);
  });
  return result;
}
template std::vector<float> ForwardPass::predict(const data::Pipeline&, NodeId) const;
template std::vector<double> ForwardPass::predict(const data::Pipeline&, NodeId) const;
template std::vector<std::int32_t> ForwardPass::predict(const data::Pipeline&, NodeId) const;
template std::vector<std::int64_t> ForwardPass::predict(const data::Pipeline&, NodeId) const;
template std::vector<std::uint8_t> ForwardPass::predict(const data::Pipeline&, NodeId) const;

Predictions ForwardPass::predict_all(const data::Pipeline& data,
                                     std::span<const std::string> names) const {
  const Graph& g = program_->graph();
  const std::int64_t all = data.in_order().samples_per_epoch();
  std::vector<Prediction> outputs;
  for (std::size_t i = 0; i < g.outputs.size(); ++i) {
    const Node& node = g.node(g.outputs[i]);
    if (!has_rows_of_samples(g, g.outputs[i])) {
      outputs.emplace_back(names[i], no_rows_text(node, "predict: output '" + names[i] + "'"));
      continue;
    }
    std::vector<std::int64_t> shape;
    for (int axis = 0; axis < node.shape.rank; ++axis) shape.push_back(node.shape[axis].at(all));
    outputs.emplace_back(names[i], node.dtype, std::move(shape));
    const std::int64_t bytes = node.shape.elements().at(all) * bytes_per_element(node.dtype);
    outputs.back().bytes_.reserve(static_cast<std::size_t>(bytes));
  }
  for_each_batch(data, [&](std::int64_t samples) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].why_.empty()) continue;
      const Node& node = g.node(g.outputs[i]);
      const std::byte* const from = program_->address_of(g.outputs[i]);
      const std::int64_t bytes = node.shape.elements().at(samples) * bytes_per_element(node.dtype);
      outputs[i].bytes_.insert(outputs[i].bytes_.end(), from, from + bytes);
    }
  });
  return {all, std::move(outputs)};
}

double mean_loss(LossKind kind, double loss, std::int64_t samples) {
  return kind == LossKind::total ? loss / static_cast<double>(samples) : loss;
}

LossKind evaluation_loss_kind(const Graph& built, const Model& model) {
  const Graph g = forward_graph(built, model, Mode::evaluation);
  return g.first_fault || g.loss == no_node ? LossKind::average : loss_of_samples(g).kind;
}

void throw_at_row(const IndexError& error, const data::Batch& rows, const std::string& run) {
  const std::int64_t sample = error.sample();
  if (sample < 0 || sample >= rows.samples) throw error;
  throw DataError(
      error.message_at("row " + std::to_string(rows.row_indices[static_cast<std::size_t>(sample)]) +
                       " of the data set, in batch " + std::to_string(rows.index) + " of " + run));
}

Graph prediction_graph(const Graph& built, Model model, std::span<const Pass> more) {
  model.loss = {};
  return without_unread_inputs(evaluation_graph(built, model, more));
}

NodeId output_to_predict(const Graph& prediction, std::size_t index, DType as) {
  if (index >= prediction.outputs.size())
    throw UsageError("predict: output " + std::to_string(index) +
                     " was requested, but the model has " +
                     std::to_string(prediction.outputs.size()) + "; list them in Model::outputs");
  const NodeId id = prediction.outputs[index];
  check_rows(prediction, id, index, "predict");
  const Node& node = prediction.node(id);
  if (!can_be_read_as(node.dtype, as))
    throw UsageError("predict: output " + std::to_string(index) + " is " +
                     to_string(node.dtype, node.shape) + ", but was requested as " +
                     std::string(name_of(as)) +
                     ", which cannot hold its values exactly; call predict_as<T>() with the "
                     "output's type, or give the model an output cast(..., " +
                     std::string(name_of(as)) + ")");
  return id;
}

}  // namespace foregraph
