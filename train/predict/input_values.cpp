#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/row_shape.hpp>
#include <foregraph/detail/data/loader/match_fields.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/train/predict/input_values.hpp>

namespace foregraph {
namespace {

std::string input_text(const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  return "'" + std::string(g.text(node.name)) + "' (" + to_string(node.dtype, node.shape) + ")";
}

std::string inputs_text(const Graph& g) {
  std::string text;
  for (const NodeId id : g.inputs) text += (text.empty() ? "" : ", ") + input_text(g, id);
  return text.empty() ? "none" : text;
}

NodeId find_input(const Graph& g, std::string_view name) {
  for (const NodeId id : g.inputs)
    if (g.text(g.node(id).name) == name) return id;
  return no_node;
}

/// Returns the values as rows for input `id`, after checking them against it.
data::Field field_of(const InputValues& values, const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  if (values.dtype() != node.dtype)
    throw DataError("predict: the values of '" + values.name() + "' are " +
                    std::string(name_of(values.dtype())) + ", but the model's input is " +
                    to_string(node.dtype, node.shape) +
                    "; nothing is converted implicitly: give values of the input's type");
  data::Field field;
  field.spec = {values.name(), values.dtype(),
                values.row_shape().value_or(data::input_row_shape(node, values.name()))};
  data::check_row_shape("predict", field.spec);
  const std::int64_t per_sample = field.spec.row_elements();
  const auto elements = static_cast<std::int64_t>(values.elements());
  if (elements == 0 || elements % per_sample != 0)
    throw DataError("predict: '" + values.name() + "' has " + std::to_string(elements) +
                    " values, but the model's input is " + to_string(node.dtype, node.shape) +
                    "; expected " + std::to_string(per_sample) +
                    " for each of one or more samples");
  field.rows = elements / per_sample;
  field.data = values.data();
  return field;
}

}  // namespace

data::Pipeline batch_of(std::span<const InputValues> values, const Graph& prediction,
                        const Graph& evaluation, const data::Preprocessing* preprocessing) {
  data::Dataset rows;
  for (const InputValues& each : values) {
    NodeId id = find_input(prediction, each.name());
    const Graph& g = id != no_node ? prediction : evaluation;
    if (id == no_node) id = find_input(g, each.name());
    if (id == no_node)
      throw DataError("predict: the model has no input '" + each.name() +
                      "'; its outputs depend on " + inputs_text(prediction));
    if (rows.find(each.name()) >= 0)
      throw DataError("predict: values of '" + each.name() + "' were given twice");
    data::Field field = field_of(each, g, id);
    if (!rows.fields().empty() && field.rows != rows.size())
      throw DataError("predict: '" + rows.fields().front().name + "' has values for " +
                      std::to_string(rows.size()) + " samples, but '" + each.name() + "' for " +
                      std::to_string(field.rows) + "; give each sample a row of every input");
    rows.add(std::move(field));
  }
  for (const NodeId id : prediction.inputs) {
    const std::string_view name = prediction.text(prediction.node(id).name);
    if (rows.find(name) < 0 && name != data::mask_name)
      throw DataError("predict: there are no values for the model's input " +
                      input_text(prediction, id) + "; its outputs depend on " +
                      inputs_text(prediction));
  }
  const std::int64_t samples = std::max<std::int64_t>(1, rows.size());
  const data::Pipeline result = data::from(std::move(rows)).batch(samples);
  return preprocessing == nullptr ? result : result.preprocess(*preprocessing);
}

}  // namespace foregraph
