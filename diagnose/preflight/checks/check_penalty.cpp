// Terms of the loss that depend only on the parameters.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/diagnose/preflight/one_batch.hpp>
#include <foregraph/detail/diagnose/preflight/value_ranges.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <string_view>

namespace foregraph::checks {
namespace {

/// Returns the summands of a loss.
std::vector<NodeId> terms_of(const Graph& g) {
  std::vector<NodeId> open{g.loss};
  std::vector<NodeId> terms;
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    const auto inputs = g.inputs_of(id);
    if (g.node(id).op->name == "add")
      open.insert(open.end(), inputs.begin(), inputs.end());
    else
      terms.push_back(id);
  }
  return terms;
}

}  // namespace

void check_penalty(Context& context) {
  const double of_one = loss_of_equal_chances(*context.model.evaluation);
  if (of_one <= 0) return;
  Graph g = context.model.evaluation->clone();
  const std::vector<Dependence> on = dependences_of(g);
  g.outputs.clear();
  for (const NodeId id : terms_of(g)) {
    const Dependence& each = on[static_cast<std::size_t>(id)];
    if (each.parameters && !each.inputs && is_floating(g.node(id).dtype)) g.outputs.push_back(id);
  }
  if (g.outputs.empty()) return;
  const OneBatch batch_run(context, g, 32);
  if (!batch_run) return;
  const double loss = batch_run.loss();
  context.report.add_checked("penalties");
  double penalty = 0;
  for (std::size_t i = 0; i < g.outputs.size(); ++i)
    penalty += batch_run.run().range_of_output(i).high;
  const double rest = std::max(of_one, std::abs(loss - penalty));
  if (!(penalty > 10 * rest)) return;
  context.report.add({"penalty-above-loss",
                      Severity::warning,
                      "a penalty on the parameters makes up " + number(penalty) +
                          " of the first loss, " + number(loss) + "; see " +
                          describe_tensor(g, g.outputs.front()) + " (" +
                          file_and_line(g.node(g.outputs.front()).at) + ")",
                      "training shrinks the parameters and almost ignores the data",
                      "a smaller factor: 1e-5 to 1e-3 for a sum of squares",
                      {{"loss", loss}, {"penalty", penalty}}});
}

}  // namespace foregraph::checks
