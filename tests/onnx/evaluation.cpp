#include "onnx/evaluation.hpp"

#include <cstring>
#include <stdexcept>

#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <foregraph/detail/runtime/initialize.hpp>
#include <foregraph/detail/runtime/program.hpp>

#include "support/op_check.hpp"

namespace foregraph::onnx_tests {

std::vector<Result> outputs_of(const onnx::ImportedModel& net,
                               const std::map<std::string, std::vector<double>>& inputs,
                               std::int64_t batch_size, Mode mode) {
  Graph g = net.graph.clone();
  for (const Output& output : net.outputs) g.outputs.push_back(output.id);
  Graph optimized = optimize(passes::resolve_mode(g, mode));
  Plan plan = plan_memory(optimized, batch_size);
  BOOST_REQUIRE(validate(optimized, plan).ok());
  Program program(std::move(optimized), std::move(plan));
  Arena variables(static_cast<std::size_t>(program.plan().variables_bytes));
  Arena slots(static_cast<std::size_t>(program.plan().inputs_bytes()));
  Arena transient(static_cast<std::size_t>(program.plan().transient_bytes));
  std::memset(transient.data(), 0xff, transient.size_bytes());
  program.attach(variables.data(), slots.data(), transient.data());
  program.use_threads(1);
  const Graph& run = program.graph();
  for (std::size_t i = 0; i < run.variables.size(); ++i) {
    const Node& node = run.node(run.variables[i].node);
    initialize(program.address_of(run.variables[i].node), node.shape, node.dtype,
               run.variables[i].initializer, i, run.start_values.get());
  }
  for (const NodeId id : run.inputs) {
    const Node& node = run.node(id);
    const std::string name(run.text(node.name));
    const auto found = inputs.find(name);
    if (found == inputs.end()) throw std::runtime_error("there are no values for input " + name);
    if (static_cast<std::int64_t>(found->second.size()) != node.shape.elements().at(batch_size))
      throw std::runtime_error("input " + name + " has another number of elements than its values");
    test::store(program.address_of(id), node.dtype, found->second);
  }
  program.run();
  std::vector<Result> results;
  for (std::size_t i = 0; i < net.outputs.size(); ++i) {
    const NodeId id = run.outputs[i];
    const Node& node = run.node(id);
    Result result{
        std::string(net.graph.text(net.outputs[i].name)), node.dtype, node.shape, false, {}};
    for (int axis = 0; axis < node.shape.rank; ++axis) {
      result.has_batch |= !node.shape[axis].is_constant();
      result.shape.set(axis, node.shape[axis].at(batch_size));
    }
    result.values =
        test::fetch(program.address_of(id), node.dtype, node.shape.elements().at(batch_size));
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace foregraph::onnx_tests
