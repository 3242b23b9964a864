#include "onnx/export/run.hpp"

#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/runtime/initialize.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <foregraph/detail/train/predict/forward_pass.hpp>
#include <limits>

#include "support/op_check.hpp"

namespace export_test {

using namespace foregraph;

std::vector<std::vector<double>> predictions(const Graph& graph, const Model& model,
                                             const Values& inputs, std::int64_t batch_size) {
  Graph prediction = prediction_graph(graph, model);
  Plan plan = plan_memory(prediction, batch_size);
  Program program(std::move(prediction), std::move(plan));
  const Graph& g = program.graph();
  Arena variables(static_cast<std::size_t>(program.plan().variables_bytes));
  Arena slots(static_cast<std::size_t>(program.plan().inputs_bytes()));
  Arena transient(static_cast<std::size_t>(program.plan().transient_bytes));
  program.attach(variables.data(), slots.data(), transient.data());
  for (std::size_t v = 0; v < g.variables.size(); ++v) {
    const Variable& variable = g.variables[v];
    const Node& node = g.node(variable.node);
    initialize(program.address_of(variable.node), node.shape, node.dtype, variable.initializer, v,
               g.start_values.get());
  }
  for (const NodeId id : g.inputs) {
    const std::vector<double>& values = inputs.at(std::string(g.text(g.node(id).name)));
    BOOST_REQUIRE_EQUAL(static_cast<std::int64_t>(values.size()),
                        g.node(id).shape.elements().at(batch_size));
    test::store(program.address_of(id), g.node(id).dtype, values);
  }
  program.run();
  std::vector<std::vector<double>> results;
  for (const NodeId id : g.outputs) {
    const Node& node = g.node(id);
    results.push_back(
        test::fetch(program.address_of(id), node.dtype, node.shape.elements().at(batch_size)));
  }
  return results;
}

std::map<std::string, std::vector<std::byte>> start_values(const Graph& graph) {
  std::map<std::string, std::vector<std::byte>> result;
  for (std::size_t v = 0; v < graph.variables.size(); ++v) {
    const Variable& variable = graph.variables[v];
    const Node& node = graph.node(variable.node);
    std::vector<std::byte>& values = result[full_name(graph, variable.node)];
    values.resize(
        static_cast<std::size_t>(node.shape.elements().constant * bytes_per_element(node.dtype)));
    initialize(values.data(), node.shape, node.dtype, variable.initializer, v,
               graph.start_values.get());
  }
  return result;
}

double distance(const std::vector<double>& actual, const std::vector<double>& expected) {
  if (actual.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  double largest = 1e-30;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(actual[i]) != std::isnan(expected[i]))
      return std::numeric_limits<double>::infinity();
    if (std::isnan(expected[i])) continue;
    worst = std::max(worst, std::abs(actual[i] - expected[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return worst / largest;
}

}  // namespace export_test
