#include <foregraph/graph/print.hpp>
#include <foregraph/planner/report.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"

namespace foregraph::cli {
namespace {

using Json = nlohmann::ordered_json;

Json json_of_node(const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  return {{"name", full_name(g, id)},
          {"op", node.op->name},
          {"phase", name_of(node.phase)},
          {"dtype", name_of(node.dtype)},
          {"shape", to_string(node.shape)},
          {"file", node.at.file},
          {"line", node.at.line}};
}

Json json_of_plan(const Graph& g, const Plan& plan) {
  Json tensors = Json::array();
  for (const LiveTensor& tensor : alive_at_peak(g, plan)) {
    if (tensors.size() == 5) break;
    Json entry = json_of_node(g, tensor.node);
    entry["bytes"] = tensor.bytes.count;
    tensors.push_back(std::move(entry));
  }
  const NodeId op = node_at_peak(plan);
  return {{"batch", plan.batch},
          {"peak_bytes", plan.peak().count},
          {"lower_bound_bytes", plan.lower_bound().count},
          {"gap_bytes", plan.gap().count},
          {"at_peak",
           {{"parameters_bytes", plan.at_peak.parameters_bytes},
            {"optimizer_state_bytes", plan.at_peak.optimizer_state_bytes},
            {"inputs_bytes", plan.at_peak.inputs_bytes},
            {"activations_bytes", plan.at_peak.activations_bytes},
            {"gradients_bytes", plan.at_peak.gradients_bytes},
            {"workspace_bytes", plan.at_peak.workspace_bytes},
            {"op", op == no_node ? Json() : json_of_node(g, op)},
            {"largest_tensors", std::move(tensors)}}},
          {"flops", flops_of(g, plan.batch)},
          {"kernel_calls", kernel_calls_of(plan)}};
}

Json json_of_process(std::int64_t batch_size, const ProcessPrediction& process) {
  return {{"batch", batch_size},
          {"bytes", process.beyond_the_plan().count},
          {"code_and_libraries_bytes", process.code_and_libraries.count},
          {"blas_buffers_bytes", process.blas_buffers.count},
          {"graph_and_program_bytes", process.graph_and_program.count},
          {"heap_and_stacks_bytes", process.rest.count},
          {"process_peak_bytes", process.peak().count}};
}

}  // namespace

std::string to_json(const DryRun& run) {
  Json document{{"model", run.model.name},
                {"description", run.model.description},
                {"optimizer", run.optimizer},
                {"parameters", parameter_count(run.step)},
                {"input_buffers", run.plans[0].options.input_buffers}};
  if (run.budget) {
    document["budget_bytes"] = run.budget->count;
    if (!run.budget_source.empty()) document["budget_source"] = run.budget_source;
    document["largest_batch"] = run.largest_batch;
  }
  if (run.process) document["beyond_the_plan"] = json_of_process(run.predicted_batch, *run.process);
  document["plans"] = Json::array();
  for (const Plan& plan : run.plans) {
    Json entry = json_of_plan(run.step, plan);
    if (run.budget) entry["fits"] = plan.peak() <= *run.budget;
    document["plans"].push_back(std::move(entry));
  }
  // Names are the user's and may be no valid UTF-8.
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace foregraph::cli
