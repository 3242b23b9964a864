#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/order_free_bound.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <nlohmann/json.hpp>

#include "commands.hpp"

namespace foregraph::cli {
namespace {

using Json = nlohmann::ordered_json;

Json json_of_node(const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  return {{"name", full_name(g, id)},     {"layer", layer_of(g, id)},
          {"op", node.op->name},          {"phase", name_of(node.phase)},
          {"dtype", name_of(node.dtype)}, {"shape", to_string(node.shape)},
          {"file", node.at.file},         {"line", node.at.line}};
}

Json json_of_plan(const Graph& g, const Plan& plan) {
  Json tensors = Json::array();
  for (const LiveTensor& tensor : alive_at_peak(g, plan)) {
    if (tensors.size() == most_listed_tensors) break;
    Json entry = json_of_node(g, tensor.node);
    entry["category"] = category_of(g, tensor);
    entry["bytes"] = tensor.bytes.count;
    tensors.push_back(std::move(entry));
  }
  const NodeId op = node_at_peak(plan);
  const Bytes any_order = order_free_bound(g, plan).bytes;
  return {{"batch", plan.batch},
          {"peak_bytes", plan.peak().count},
          {"lower_bound_bytes", plan.lower_bound().count},
          {"order_free_bound_bytes", any_order.count},
          {"gap_bytes", (plan.peak() - any_order).count},
          {"proven_optimal", plan.peak() == any_order},
          {"at_peak",
           {{"parameters_bytes", plan.at_peak.parameters_bytes},
            {"optimizer_state_bytes", plan.at_peak.optimizer_state_bytes},
            {"inputs_bytes", plan.at_peak.inputs_bytes},
            {"activations_bytes", plan.at_peak.activations_bytes},
            {"gradients_bytes", plan.at_peak.gradients_bytes},
            {"workspace_bytes", plan.at_peak.workspace_bytes},
            {"thread_workspace_bytes", plan.thread_bytes},
            {"op", op == no_node ? Json() : json_of_node(g, op)},
            {"largest_tensors", std::move(tensors)}}},
          {"flops", flops_of(g, plan.batch)},
          {"kernel_calls", kernel_calls_of(plan)}};
}

Json json_of_formula(const BatchFormula& formula) {
  Json pieces = Json::array();
  for (const AffinePiece& piece : formula.pieces)
    pieces.push_back(
        {{"first_batch", piece.first_batch},
         {"last_batch", piece.last_batch == any_batch ? Json() : Json(piece.last_batch)},
         {"constant_bytes", piece.constant_bytes},
         {"bytes_per_sample", piece.bytes_per_sample}});
  return {{"pieces", std::move(pieces)},
          {"exact_for_multiples_of", formula.exact_for_multiples_of},
          {"rounding_bytes", formula.rounding_bytes}};
}

Json json_of_answers(const RemedyResults& answers) {
  Json list = Json::array();
  for (const RemedyResult& each : answers.results) {
    Json entry{{"measure", name_of(each.remedy)}, {"fits", each.fits}};
    if (each.fits) {
      entry["batch"] = each.batch;
      entry["part"] = each.part;
      entry["peak_bytes"] = each.peak.count;
      entry["flops"] = each.flops;
      entry["extra_work"] = each.extra_work;
      entry["recomputed_values"] = each.recomputed_values;
      if (each.remedy == Remedy::paging) {
        entry["paged_bytes"] = each.paged.count;
        entry["paged_back_bytes"] = each.paged_back.count;
        if (each.paging_seconds > 0) entry["paging_seconds"] = each.paging_seconds;
      }
    } else {
      entry["reason"] = each.reason;
    }
    list.push_back(std::move(entry));
  }
  return {{"measures", std::move(list)},
          {"smallest_peak_bytes", answers.smallest_peak.count},
          {"smallest_peak", answers.smallest_peak_text}};
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
                {"input_buffers", run.plans[0].options.input_buffers},
                {"threads", run.plans[0].options.threads}};
  if (!run.notes.empty()) document["notes"] = run.notes;
  if (run.budget) {
    document["budget_bytes"] = run.budget->count;
    if (!run.budget_source.empty()) document["budget_source"] = run.budget_source;
    document["largest_batch"] = run.largest_batch;
  }
  document["formula"] = json_of_formula(run.formula);
  if (run.process) document["beyond_the_plan"] = json_of_process(run.predicted_batch, *run.process);
  document["plans"] = Json::array();
  std::size_t next_answers = 0;
  for (std::size_t i = 0; i < run.plans.size(); ++i) {
    const Plan& plan = run.plans[i];
    const Graph& form = run.graph_of(plan);
    Json entry = json_of_plan(form, plan);
    if (const std::int64_t rows = rows_of_loss_blocks(form); rows > 0)
      entry["loss_block_rows"] = rows;
    if (const std::int64_t values = recomputations_in(form); values > 0) {
      entry["recomputed_values"] = values;
      entry["all_kept_peak_bytes"] = run.peaks_with_all_kept[i].count;
    }
    const BatchInterval valid = valid_batches(form, plan);
    entry["offsets_valid_to_batch"] = valid.last == any_batch ? Json() : Json(valid.last);
    entry["conventional_peak_bytes"] = run.conventional_peaks[i].count;
    if (run.budget) entry["fits"] = plan.peak() <= *run.budget;
    if (run.budget && plan.peak() > *run.budget)
      entry["to_fit"] = json_of_answers(run.answers[next_answers++]);
    document["plans"].push_back(std::move(entry));
  }
  // Names come from the user and may not be valid UTF-8.
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace foregraph::cli
