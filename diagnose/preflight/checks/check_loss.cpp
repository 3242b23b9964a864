#include <algorithm>
#include <cmath>
#include <cstring>
#include <foregraph/detail/compile/loss_of_samples.hpp>
#include <foregraph/detail/diagnose/preflight/checks.hpp>
#include <foregraph/detail/diagnose/preflight/measuring.hpp>
#include <foregraph/detail/diagnose/preflight/model_run.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::checks {
namespace {

constexpr int most_pairs = 8;

/// The losses of two samples, together and individually.
struct Pair {
  double both = 0;
  double first = 0;
  double second = 0;

  [[nodiscard]] double tolerance() const {
    return 1e-3 * (std::abs(both) + std::abs(first) + std::abs(second)) + 1e-9;
  }
  [[nodiscard]] bool is_mean() const { return std::abs(2 * both - first - second) <= tolerance(); }
  [[nodiscard]] bool is_sum() const { return std::abs(both - first - second) <= tolerance(); }
  [[nodiscard]] bool is_between() const {
    return both >= std::min(first, second) - tolerance() &&
           both <= std::max(first, second) + tolerance();
  }
};

/// Computes the losses of the two samples in the model's inputs. Copies the rows instead of reading
/// them again, since stages may be random.
Pair losses_of(ModelRun& run, const data::Batch& batch_data) {
  const Graph& g = run.graph();
  std::vector<std::vector<std::byte>> rows;
  for (const NodeId id : g.inputs) {
    const std::byte* first = run.program().address_of(id);
    rows.emplace_back(
        first, first + g.node(id).shape.elements().at(2) * bytes_per_element(g.node(id).dtype));
  }
  Pair pair;
  pair.both = run.run(batch_data);
  run.program().bind(1);
  for (const int sample : {0, 1}) {
    for (std::size_t i = 0; i < g.inputs.size(); ++i)
      std::memcpy(run.program().address_of(g.inputs[i]),
                  rows[i].data() + static_cast<std::size_t>(sample) * rows[i].size() / 2,
                  rows[i].size() / 2);
    run.program().run();
    (sample == 0 ? pair.first : pair.second) = run.program().loss();
  }
  return pair;
}

std::string where(const Graph& g, NodeId id) {
  return describe_tensor(g, id) + " (" + file_and_line(g.node(id).at) + ")";
}

}  // namespace

void check_loss(Context& context) {
  const Graph& g = *context.model.evaluation;
  const LossOfSamples of_samples = loss_of_samples(g);
  if (of_samples.kind != LossKind::mixed) {
    context.report.add_checked("loss of single samples");
    return;
  }
  if (context.data.samples_per_epoch() < 2) return;
  const Plan plan = plan_memory(g, 2);
  if (const std::string reason = too_expensive(context, g, plan, 3 * most_pairs); !reason.empty()) {
    context.report.add_skipped("loss of single samples", reason);
    return;
  }
  context.report.add_checked("loss of single samples");
  const Variables variables = Variables::present(context.model);
  ModelRun run(g, plan, variables.data());
  data::Loader loader = run.loader(at_random(context.data, 2));
  data::Batch batch_data;
  bool all_mean = true;
  bool all_sum = true;
  bool all_between = true;
  Pair worst;
  loader.start_epoch(0);
  for (int i = 0; i < most_pairs && loader.next(batch_data) && batch_data.size == 2; ++i) {
    const Pair pair = losses_of(run, batch_data);
    if (!std::isfinite(pair.both) || !std::isfinite(pair.first) || !std::isfinite(pair.second))
      return;
    if (!pair.is_mean() && all_mean) worst = pair;
    all_mean = all_mean && pair.is_mean();
    all_sum = all_sum && pair.is_sum();
    all_between = all_between && pair.is_between();
  }
  std::int64_t targets = 0;
  for (const InputRole& role : context.roles) targets += role.is_target ? 1 : 0;
  const bool may_be_weighted = all_between && targets > 1;
  if (all_mean || all_sum || may_be_weighted) return;
  context.report.add(
      {"loss-mixes-samples",
       Severity::warning,
       "the losses of two samples are " + number(worst.first) + " and " + number(worst.second) +
           ", but together " + number(worst.both) + ", neither their mean (" +
           number((worst.first + worst.second) / 2) +
           ") nor their sum; samples first interact in " + where(g, of_samples.culprit),
       "everything looks right with one sample per batch; with more, each prediction is also "
       "compared with other samples' targets, and the model learns their mean",
       "the usual cause is a broadcast or a reduction along the batch: give prediction and target "
       "the same shape, and reduce over the other axes; a loss that compares samples on purpose is "
       "fine",
       {{"together", worst.both}, {"first", worst.first}, {"second", worst.second}}});
}

}  // namespace foregraph::checks
