#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/page_file.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/compile/remedies.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <iterator>
#include <utility>

namespace foregraph {
namespace {

/// Tries each remedy on one step.
class Fitting {
 public:
  Fitting(const Graph& step, const Plan& plan, Bytes budget, const SplitMaker& make_split,
          RemedyLimits limits)
      : step_(step),
        plan_(plan),
        budget_(budget),
        paging_(limits.paging),
        flops_(flops_of(step, plan.batch)),
        most_extra_(static_cast<std::int64_t>(limits.most_extra_work *
                                              static_cast<double>(flops_of(step, plan.batch)))) {
    check_paging(paging_);
    if (!make_split) {
      split_.refusal = "micro-batches need a trainer that was given the model function";
    } else {
      split_ = make_split();
    }
  }

  StepWithinBudget as_is() const {
    StepWithinBudget result = whole(Remedy::as_is);
    result.result.peak = plan_.peak();
    result.result.flops = flops_;
    result.result.fits = plan_.peak() <= budget_;
    if (!result.result.fits)
      result.result.reason = "needs " + to_string_beside(plan_.peak(), budget_) + ", " +
                             to_string(plan_.peak() - budget_) + " over the budget";
    return result;
  }

  RemedyResult smaller_batch() const {
    RemedyResult result = whole(Remedy::smaller_batch).result;
    const std::int64_t largest =
        plan_.peak() <= budget_ ? plan_.batch : largest_batch(step_, budget_, plan_.options);
    if (largest < 1) {
      result.reason = "not even batch 1 fits";
      return result;
    }
    result.fits = true;
    result.batch = largest < plan_.batch ? largest : plan_.batch;
    result.part = result.batch;
    result.peak = plan_memory(step_, result.batch, plan_.options).peak();
    result.flops = flops_of(step_, result.batch);
    result.extra_work = extra_work(result.flops, result.batch);
    return result;
  }

  StepWithinBudget micro_batches() const {
    StepWithinBudget result = whole(Remedy::micro_batches);
    if (!split_.possible()) {
      result.result.reason = split_.refusal;
      return result;
    }
    for (std::int64_t part = next_part(plan_.batch); part > 0; part = next_part(part)) {
      PlannedSplit planned = choose_split(split_, part, plan_.options);
      if (planned.plans.peak() > budget_) {
        result.result.peak = planned.plans.peak();
        continue;
      }
      accept(result, part, std::move(planned));
      return result;
    }
    result.result.reason = plan_.batch == 1 ? "a batch of one sample cannot be split"
                                            : "even micro-batches of one sample need " +
                                                  to_string_beside(result.result.peak, budget_);
    return result;
  }

  StepWithinBudget recomputation() const {
    StepWithinBudget result = whole(Remedy::recomputation);
    std::optional<Recomputed> found = recompute_to_fit(step_, plan_, budget_, most_extra_);
    if (!found) {
      const auto smallest = smallest_by_recomputation(step_, plan_, most_extra_);
      result.result.reason =
          "needs at least " +
          to_string_beside(smallest ? smallest->plan.peak() : plan_.peak(), budget_);
      return result;
    }
    result.result.fits = true;
    result.result.peak = found->plan.peak();
    result.result.flops = flops_ + found->extra_flops;
    result.result.extra_work = extra_work(result.result.flops, plan_.batch);
    result.result.recomputed_values = found->recomputed_values;
    result.step = std::move(found->graph);
    result.plan = std::move(found->plan);
    return result;
  }

  StepWithinBudget both() const {
    StepWithinBudget result = whole(Remedy::micro_batches_with_recomputation);
    if (!split_.possible()) {
      result.result.reason = split_.refusal;
      return result;
    }
    Bytes smallest = plan_.peak();
    for (std::int64_t part = next_part(plan_.batch); part > 0; part = next_part(part)) {
      PlannedSplit planned = choose_split(split_, part, plan_.options);
      SplitPlan& plans = planned.plans;
      // Optimizer state is alive too, but not included in the plan of the part.
      const Bytes other{plans.apply.variables_bytes - plans.part.variables_bytes};
      const std::int64_t parts = plan_.batch / part;
      auto found = recompute_to_fit(planned.part, plans.part, budget_ - other, most_extra_ / parts);
      if (!found) continue;
      const std::int64_t values = found->recomputed_values;
      plans.part = std::move(found->plan);
      if (plans.peak() < smallest) smallest = plans.peak();
      if (plans.peak() > budget_) continue;
      accept(result, part, std::move(planned));
      result.split.part = std::move(found->graph);
      result.result.flops += parts * found->extra_flops;
      result.result.extra_work = extra_work(result.result.flops, plan_.batch);
      result.result.recomputed_values = parts * values;
      return result;
    }
    result.result.reason = "no micro-batch is small enough";
    return result;
  }

  /// Pages the step as it is, or if that does not fit, the step with the smallest peak by
  /// recomputation.
  StepWithinBudget paging() const {
    StepWithinBudget result = whole(Remedy::paging);
    std::optional<PagedStep> found = page_to_fit(step_, plan_, budget_);
    std::optional<Recomputed> recomputed;
    if (!found) {
      recomputed = smallest_by_recomputation(step_, plan_, most_extra_);
      if (recomputed) found = page_to_fit(recomputed->graph, recomputed->plan, budget_);
    }
    if (!found) {
      Bytes smallest = smallest_by_paging(step_, plan_);
      if (recomputed)
        smallest = std::min(smallest, smallest_by_paging(recomputed->graph, recomputed->plan));
      result.result.reason = "needs at least " + to_string_beside(smallest, budget_);
      return result;
    }
    RemedyResult& costs = result.result;
    costs.fits = true;
    costs.peak = found->plan.peak();
    costs.flops = flops_ + (recomputed ? recomputed->extra_flops : 0);
    costs.extra_work = extra_work(costs.flops, plan_.batch);
    costs.recomputed_values = recomputed ? recomputed->recomputed_values : 0;
    costs.paged = Bytes{found->written_bytes};
    costs.paged_back = Bytes{found->read_bytes};
    if (const std::optional<DiskSpeed> speed = disk_speed())
      costs.paging_seconds =
          static_cast<double>(found->written_bytes) / speed->write_bytes_per_second +
          static_cast<double>(found->read_bytes) / speed->read_bytes_per_second;
    result.page_file_bytes = found->file_bytes;
    result.page_transfers = found->transfers;
    result.page_folder = paging_.folder;
    result.step = std::move(found->graph);
    result.plan = std::move(found->plan);
    return result;
  }

 private:
  [[nodiscard]] StepWithinBudget whole(Remedy remedy) const {
    StepWithinBudget result;
    result.result.remedy = remedy;
    result.result.batch = plan_.batch;
    result.result.part = plan_.batch;
    return result;
  }

  /// Returns the disk's speed as given; else as measured, but only if paging is allowed.
  [[nodiscard]] std::optional<DiskSpeed> disk_speed() const {
    if (paging_.bytes_per_second > 0)
      return DiskSpeed{paging_.bytes_per_second, paging_.bytes_per_second};
    if (paging_.use == Paging::never) return std::nullopt;
    return measure_disk(paging_.folder, std::int64_t{64} << 20);
  }

  /// Returns the next smaller divisor of the batch size; 0 after 1.
  [[nodiscard]] std::int64_t next_part(std::int64_t part) const {
    for (std::int64_t next = part - 1; next > 0; --next)
      if (plan_.batch % next == 0) return next;
    return 0;
  }

  void accept(StepWithinBudget& result, std::int64_t part, PlannedSplit planned) const {
    result.result.fits = true;
    result.result.part = part;
    result.result.peak = planned.plans.peak();
    result.result.flops =
        plan_.batch / part * flops_of(planned.part, part) + flops_of(split_.apply, 1);
    result.result.extra_work = extra_work(result.result.flops, plan_.batch);
    result.split.part = std::move(planned.part);
    result.split.apply = split_.apply.clone();
    result.split.loss = split_.loss;
    result.split_plan = std::move(planned.plans);
  }

  [[nodiscard]] double extra_work(std::int64_t flops, std::int64_t batch) const {
    const double before = static_cast<double>(flops_) / static_cast<double>(plan_.batch);
    return static_cast<double>(flops) / static_cast<double>(batch) / before - 1;
  }

  const Graph& step_;
  const Plan& plan_;
  Bytes budget_;
  PagingOptions paging_;
  std::int64_t flops_;
  std::int64_t most_extra_;
  SplitStep split_{};
};

/// Finds the smallest peak of a step of one sample, and its breakdown.
void find_smallest(const Graph& step, const PlanOptions& options, double most_extra_work,
                   RemedyResults& result) {
  const Plan plan = plan_memory(step, 1, options);
  const auto most =
      static_cast<std::int64_t>(most_extra_work * static_cast<double>(flops_of(step, 1)));
  const std::optional<Recomputed> found = smallest_by_recomputation(step, plan, most);
  const Graph& g = found ? found->graph : step;
  const Plan& smallest = found ? found->plan : plan;
  result.smallest_peak = smallest.peak();
  result.smallest_peak_text =
      "a step of one sample needs " + to_string(smallest.peak()) + ": parameters " +
      to_string(Bytes{smallest.at_peak.parameters_bytes}) + ", optimizer state " +
      to_string(Bytes{smallest.at_peak.optimizer_state_bytes}) +
      (smallest.thread_bytes > 0
           ? ", workspaces of " + text::counted(smallest.options.threads - 1, "more thread") + ' ' +
                 to_string(Bytes{smallest.thread_bytes})
           : "") +
      ", and " + to_string(Bytes{smallest.transient_bytes + smallest.inputs_bytes()}) + " at " +
      op_at_peak(g, smallest);
}

std::string change(double share) {
  return (std::signbit(share) ? "" : "+") + text::percent(share);
}

/// Returns "offload 412 MiB, at most +0.3 s a step at 1.50 GB/s", or only the bytes if the disk's
/// speed is unknown.
std::string costs_of_paging(const RemedyResult& result) {
  const std::string bytes = "offload " + to_string(result.paged);
  if (result.paging_seconds <= 0) return bytes + " a step";
  static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  const auto moved = static_cast<double>((result.paged + result.paged_back).count);
  const text::Scaled speed =
      text::scaled(moved / result.paging_seconds, 1000, std::size(units) - 1);
  return bytes + ", at most +" + text::significant(result.paging_seconds, 2) + " s a step at " +
         speed.digits + ' ' + units[speed.power] + "/s";
}

/// Returns the result of paging; if its disk cannot be measured, that reason.
RemedyResult paging_or_reason(const Fitting& fitting, RemedyResult result) {
  try {
    return fitting.paging().result;
  } catch (const FileError& error) {
    result.remedy = Remedy::paging;
    result.fits = false;
    result.reason = error.what();
    return result;
  }
}

}  // namespace

std::string_view name_of(Remedy remedy) {
  switch (remedy) {
    case Remedy::as_is:
      return "as it is";
    case Remedy::smaller_batch:
      return "a smaller batch";
    case Remedy::micro_batches:
      return "micro-batches";
    case Remedy::recomputation:
      return "recomputation";
    case Remedy::micro_batches_with_recomputation:
      return "micro-batches with recomputation";
    case Remedy::paging:
      return "paging to a file";
  }
  return "";
}

std::optional<StepWithinBudget> find_step_within_budget(const Graph& step, const Plan& plan,
                                                        Bytes budget, const SplitMaker& make_split,
                                                        RemedyLimits limits) {
  const Fitting fitting(step, plan, budget, make_split, limits);
  if (StepWithinBudget found = fitting.as_is(); found.result.fits) {
    found.step = step.clone();
    found.plan = plan;
    return found;
  }
  const Paging paging = limits.paging.use;
  if (paging == Paging::first)
    if (StepWithinBudget found = fitting.paging(); found.result.fits) return found;
  if (StepWithinBudget found = fitting.micro_batches(); found.result.fits) return found;
  if (StepWithinBudget found = fitting.recomputation(); found.result.fits) return found;
  if (StepWithinBudget found = fitting.both(); found.result.fits) return found;
  if (paging == Paging::last)
    if (StepWithinBudget found = fitting.paging(); found.result.fits) return found;
  return std::nullopt;
}

RemedyResults try_remedies(const Graph& step, const Plan& plan, Bytes budget,
                           const SplitMaker& make_split, RemedyLimits limits) {
  const Fitting fitting(step, plan, budget, make_split, limits);
  RemedyResults result;
  result.results.push_back(fitting.as_is().result);
  result.results.push_back(fitting.smaller_batch());
  result.results.push_back(fitting.micro_batches().result);
  result.results.push_back(fitting.recomputation().result);
  result.results.push_back(fitting.both().result);
  result.results.push_back(paging_or_reason(fitting, {.batch = plan.batch, .part = plan.batch}));
  find_smallest(step, plan.options, limits.most_extra_work, result);
  return result;
}

std::string describe(const RemedyResult& result) {
  std::string text(name_of(result.remedy));
  if (result.remedy == Remedy::smaller_batch)
    text += " of " + with_separators(result.batch) + " samples";
  else if (result.part < result.batch)
    text += " of " + with_separators(result.part) + " samples";
  text += ", " + to_string(result.peak) + ", " + change(result.extra_work) + " work";
  return result.remedy == Remedy::paging ? text + ", " + costs_of_paging(result) : text;
}

std::string remedies_report(const RemedyResults& results, Bytes budget) {
  const Bytes needed = results.results.empty() ? budget : results.results[0].peak;
  std::vector<std::vector<std::string>> rows{
      {"to fit " + to_string_beside(budget, needed), "batch", "at a time", "peak", "work", ""}};
  for (const RemedyResult& each : results.results) {
    const std::string work = each.remedy == Remedy::as_is ? "" : change(each.extra_work);
    if (each.fits)
      rows.push_back({std::string(name_of(each.remedy)), with_separators(each.batch),
                      with_separators(each.part), to_string(each.peak), work,
                      each.remedy == Remedy::paging ? "fits: " + costs_of_paging(each) : "fits"});
    else
      rows.push_back({std::string(name_of(each.remedy)), "", "", "", "", "no: " + each.reason});
  }
  std::string text = aligned_columns(rows, "lrrrrl");
  if (!results.any_fits()) text += "nothing fits: " + results.smallest_peak_text + '\n';
  return text;
}

}  // namespace foregraph
