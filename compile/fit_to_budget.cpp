#include <cmath>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/compile/fit_to_budget.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/report.hpp>
#include <utility>

namespace foregraph {
namespace {

/// Tries each measure on one step.
class Fitting {
 public:
  Fitting(const Graph& step, const Plan& plan, Bytes budget, const SplitMaker& make_split,
          FitLimits limits)
      : step_(step),
        plan_(plan),
        budget_(budget),
        flops_(flops_of(step, plan.batch)),
        most_extra_(static_cast<std::int64_t>(limits.most_extra_work *
                                              static_cast<double>(flops_of(step, plan.batch)))) {
    if (!make_split) {
      split_.refusal = "micro-batches need a trainer that was given the model function";
    } else {
      split_ = make_split();
    }
  }

  FittedStep as_is() const {
    FittedStep result = whole(Measure::as_is);
    result.answer.peak = plan_.peak();
    result.answer.flops = flops_;
    result.answer.fits = plan_.peak() <= budget_;
    if (!result.answer.fits)
      result.answer.reason = "needs " + to_string(plan_.peak()) + ", " +
                             to_string(plan_.peak() - budget_) + " over the budget";
    return result;
  }

  Answer smaller_batch() const {
    Answer answer = whole(Measure::smaller_batch).answer;
    const std::int64_t largest =
        plan_.peak() <= budget_ ? plan_.batch : largest_batch(step_, budget_, plan_.options);
    if (largest < 1) {
      answer.reason = "not even batch 1 fits";
      return answer;
    }
    answer.fits = true;
    answer.batch = largest < plan_.batch ? largest : plan_.batch;
    answer.part = answer.batch;
    answer.peak = plan_memory(step_, answer.batch, plan_.options).peak();
    answer.flops = flops_of(step_, answer.batch);
    answer.extra_work = extra_work(answer.flops, answer.batch);
    return answer;
  }

  FittedStep micro_batches() const {
    FittedStep result = whole(Measure::micro_batches);
    if (!split_.possible()) {
      result.answer.reason = split_.refusal;
      return result;
    }
    for (std::int64_t part = next_part(plan_.batch); part > 0; part = next_part(part)) {
      SplitPlan plans = plan_split(split_, part, plan_.options);
      if (plans.peak() > budget_) {
        result.answer.peak = plans.peak();
        continue;
      }
      accept(result, part, std::move(plans));
      return result;
    }
    result.answer.reason =
        plan_.batch == 1 ? "a batch of one sample cannot be split"
                         : "even micro-batches of one sample need " + to_string(result.answer.peak);
    return result;
  }

  FittedStep recomputation() const {
    FittedStep result = whole(Measure::recomputation);
    std::optional<Recomputed> found = recompute_to_fit(step_, plan_, budget_, most_extra_);
    if (!found) {
      const auto smallest = smallest_by_recomputation(step_, plan_, most_extra_);
      result.answer.reason =
          "needs at least " + to_string(smallest ? smallest->plan.peak() : plan_.peak());
      return result;
    }
    result.answer.fits = true;
    result.answer.peak = found->plan.peak();
    result.answer.flops = flops_ + found->extra_flops;
    result.answer.extra_work = extra_work(result.answer.flops, plan_.batch);
    result.answer.recomputed_values = found->recomputed_values;
    result.step = std::move(found->graph);
    result.plan = std::move(found->plan);
    return result;
  }

  FittedStep both() const {
    FittedStep result = whole(Measure::micro_batches_with_recomputation);
    if (!split_.possible()) {
      result.answer.reason = split_.refusal;
      return result;
    }
    Bytes smallest = plan_.peak();
    for (std::int64_t part = next_part(plan_.batch); part > 0; part = next_part(part)) {
      SplitPlan plans = plan_split(split_, part, plan_.options);
      // Optimizer state is alive too, but not included in the plan of the part.
      const Bytes other{plans.apply.variables_bytes - plans.part.variables_bytes};
      const std::int64_t parts = plan_.batch / part;
      auto found = recompute_to_fit(split_.part, plans.part, budget_ - other, most_extra_ / parts);
      if (!found) continue;
      const std::int64_t values = found->recomputed_values;
      plans.part = std::move(found->plan);
      if (plans.peak() < smallest) smallest = plans.peak();
      if (plans.peak() > budget_) continue;
      accept(result, part, std::move(plans));
      result.split.part = std::move(found->graph);
      result.answer.flops += parts * found->extra_flops;
      result.answer.extra_work = extra_work(result.answer.flops, plan_.batch);
      result.answer.recomputed_values = parts * values;
      return result;
    }
    result.answer.reason = "no micro-batch is small enough";
    return result;
  }

 private:
  [[nodiscard]] FittedStep whole(Measure measure) const {
    FittedStep result;
    result.answer.measure = measure;
    result.answer.batch = plan_.batch;
    result.answer.part = plan_.batch;
    return result;
  }

  /// Returns the next smaller divisor of the batch size; 0 after 1.
  [[nodiscard]] std::int64_t next_part(std::int64_t part) const {
    for (std::int64_t next = part - 1; next > 0; --next)
      if (plan_.batch % next == 0) return next;
    return 0;
  }

  void accept(FittedStep& result, std::int64_t part, SplitPlan plans) const {
    result.answer.fits = true;
    result.answer.part = part;
    result.answer.peak = plans.peak();
    result.answer.flops =
        plan_.batch / part * flops_of(split_.part, part) + flops_of(split_.apply, 1);
    result.answer.extra_work = extra_work(result.answer.flops, plan_.batch);
    result.split.part = split_.part.clone();
    result.split.apply = split_.apply.clone();
    result.split.loss = split_.loss;
    result.split_plan = std::move(plans);
  }

  [[nodiscard]] double extra_work(std::int64_t flops, std::int64_t batch) const {
    const double before = static_cast<double>(flops_) / static_cast<double>(plan_.batch);
    return static_cast<double>(flops) / static_cast<double>(batch) / before - 1;
  }

  const Graph& step_;
  const Plan& plan_;
  Bytes budget_;
  std::int64_t flops_;
  std::int64_t most_extra_;
  SplitStep split_{};
};

/// Finds the smallest peak of a step of one sample, and its breakdown.
void find_smallest(const Graph& step, const PlanOptions& options, double most_extra_work,
                   BudgetAnswers& result) {
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
      to_string(Bytes{smallest.at_peak.optimizer_state_bytes}) + ", and " +
      to_string(Bytes{smallest.transient_bytes + smallest.inputs_bytes()}) + " at " +
      op_at_peak(g, smallest);
}

std::string change(double share) {
  return (std::signbit(share) ? "" : "+") + text::percent(share);
}

}  // namespace

std::string_view name_of(Measure measure) {
  switch (measure) {
    case Measure::as_is:
      return "as it is";
    case Measure::smaller_batch:
      return "a smaller batch";
    case Measure::micro_batches:
      return "micro-batches";
    case Measure::recomputation:
      return "recomputation";
    case Measure::micro_batches_with_recomputation:
      return "micro-batches with recomputation";
  }
  return "";
}

std::optional<FittedStep> fit_step(const Graph& step, const Plan& plan, Bytes budget,
                                   const SplitMaker& make_split, FitLimits limits) {
  const Fitting fitting(step, plan, budget, make_split, limits);
  if (FittedStep found = fitting.as_is(); found.answer.fits) {
    found.step = step.clone();
    found.plan = plan;
    return found;
  }
  if (FittedStep found = fitting.micro_batches(); found.answer.fits) return found;
  if (FittedStep found = fitting.recomputation(); found.answer.fits) return found;
  if (FittedStep found = fitting.both(); found.answer.fits) return found;
  return std::nullopt;
}

BudgetAnswers budget_answers(const Graph& step, const Plan& plan, Bytes budget,
                             const SplitMaker& make_split, FitLimits limits) {
  const Fitting fitting(step, plan, budget, make_split, limits);
  BudgetAnswers result;
  result.answers.push_back(fitting.as_is().answer);
  result.answers.push_back(fitting.smaller_batch());
  result.answers.push_back(fitting.micro_batches().answer);
  result.answers.push_back(fitting.recomputation().answer);
  result.answers.push_back(fitting.both().answer);
  find_smallest(step, plan.options, limits.most_extra_work, result);
  return result;
}

std::string describe(const Answer& answer) {
  std::string text(name_of(answer.measure));
  if (answer.measure == Measure::smaller_batch)
    text += " of " + with_separators(answer.batch) + " samples";
  else if (answer.part < answer.batch)
    text += " of " + with_separators(answer.part) + " samples";
  return text + ", " + to_string(answer.peak) + ", " + change(answer.extra_work) + " work";
}

std::string report(const BudgetAnswers& answers, Bytes budget) {
  std::vector<std::vector<std::string>> rows{
      {"to fit " + to_string(budget), "batch", "at a time", "peak", "work", ""}};
  for (const Answer& each : answers.answers) {
    const std::string work = each.measure == Measure::as_is ? "" : change(each.extra_work);
    if (each.fits)
      rows.push_back({std::string(name_of(each.measure)), with_separators(each.batch),
                      with_separators(each.part), to_string(each.peak), work, "fits"});
    else
      rows.push_back({std::string(name_of(each.measure)), "", "", "", "", "no: " + each.reason});
  }
  std::string text = aligned_columns(rows, "lrrrrl");
  if (!answers.any_fits()) text += "nothing fits: " + answers.smallest_peak_text + '\n';
  return text;
}

}  // namespace foregraph
