#include "pictures.hpp"

#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/compile/plan_step.hpp>
#include <foregraph/detail/compile/remedies.hpp>
#include <foregraph/detail/diagnose/view/memory_html.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <utility>

#include "files.hpp"
#include "options.hpp"

namespace foregraph::cli {
namespace {

/// The largest batch is not drawn if it is further than this factor from those requested.
constexpr std::int64_t far_factor = 4096;
/// Minimum ratio of the last to the first point, where points are added.
constexpr std::int64_t least_range = 64;

std::vector<PeakAtBatch> curve_of(const DryRun& run, const PlanOptions& options) {
  std::vector<std::int64_t> asked_for;
  for (const Plan& plan : run.plans) asked_for.push_back(plan.batch);
  std::vector<PeakAtBatch> curve;
  for (const std::int64_t batch_size :
       curve_batches(asked_for, run.largest_batch < most_samples ? run.largest_batch : 0)) {
    const auto known = std::find_if(run.plans.begin(), run.plans.end(),
                                    [&](const Plan& plan) { return plan.batch == batch_size; });
    if (known != run.plans.end()) {
      curve.push_back({batch_size, known->peak(), known->lower_bound()});
    } else if (planning::sizes_fit_64_bits(run.step, batch_size, options.input_buffers,
                                           options.other_bytes, options.threads)) {
      const Plan plan = plan_step(run.step.clone(), batch_size, options).plan;
      curve.push_back({batch_size, plan.peak(), plan.lower_bound()});
    }
  }
  return curve;
}

/// A plan with its graph, and its name on the page.
struct Drawn {
  std::string name;
  Graph graph;
  Plan plan;
};

Drawn recomputed(const Graph& g, const Plan& plan, const std::optional<Bytes>& budget) {
  const auto most_extra_flops = static_cast<std::int64_t>(
      static_cast<double>(flops_of(g, plan.batch)) * RemedyLimits{}.most_extra_work);
  std::optional<Recomputed> found = budget ? recompute_to_fit(g, plan, *budget, most_extra_flops)
                                           : smallest_by_recomputation(g, plan, most_extra_flops);
  if (found) {
    const double extra = static_cast<double>(found->extra_flops) /
                         static_cast<double>(std::max<std::int64_t>(flops_of(g, plan.batch), 1));
    return {"recomputed, +" + text::percent(extra) + " work", std::move(found->graph),
            std::move(found->plan)};
  }
  const std::string batch = "batch " + with_separators(plan.batch);
  if (!budget)
    throw UsageError("--compare recomputed: recomputation does not lower the peak of " + batch +
                     ", " + to_string(plan.peak()) + "; leave it out");
  const auto smallest = smallest_by_recomputation(g, plan, most_extra_flops);
  throw UsageError("--compare recomputed: recomputation does not bring " + batch + " to " +
                   to_string(*budget) + "; the least it reaches is " +
                   to_string(smallest ? smallest->plan.peak() : plan.peak()));
}

Drawn drawn(const Comparison& comparison, const Graph& g, const Plan& plan,
            const TrainingStep& training) {
  if (comparison.kind == Comparison::Kind::recomputed)
    return recomputed(g, plan, comparison.budget);
  PlanOptions options = plan.options;
  options.order = OrderMethod::as_written;
  Graph graph = training.conventional.clone();
  Plan as_written = plan_memory(graph, plan.batch, options);
  return {"conventional", std::move(graph), std::move(as_written)};
}

}  // namespace

std::vector<Comparison> parse_comparisons(const Request& request) {
  std::vector<Comparison> comparisons;
  if (!request.compare) return comparisons;
  std::string_view rest = *request.compare;
  for (;;) {
    const std::size_t comma = rest.find(',');
    const std::string word(rest.substr(0, comma));
    const std::string with_size = "recomputed=";
    if (word == "conventional")
      comparisons.push_back({Comparison::Kind::conventional, {}});
    else if (word == "recomputed")
      comparisons.push_back({Comparison::Kind::recomputed, {}});
    else if (word.compare(0, with_size.size(), with_size) == 0)
      comparisons.push_back({Comparison::Kind::recomputed,
                             parse_bytes(word.substr(with_size.size()), "--compare recomputed")});
    else
      throw UsageError("--compare: '" + word +
                       "' is no plan to compare with, expected conventional, recomputed or "
                       "recomputed=SIZE");
    if (comma == std::string_view::npos) return comparisons;
    rest.remove_prefix(comma + 1);
  }
}

std::vector<std::int64_t> curve_batches(std::vector<std::int64_t> batches, std::int64_t largest) {
  constexpr std::size_t enough = 8;
  constexpr int most_added = 12;
  const auto in_order = [&] {
    std::sort(batches.begin(), batches.end());
    batches.erase(std::unique(batches.begin(), batches.end()), batches.end());
  };
  in_order();
  if (largest > 0 && batches.front() / far_factor <= largest &&
      largest / far_factor <= batches.back())
    batches.push_back(largest);
  in_order();
  if (batches.size() >= enough) return batches;
  std::int64_t low = batches.front();
  std::int64_t high = batches.back();
  if (high / low < least_range) {
    low = std::max<std::int64_t>(1, low / 16);
    high =
        std::max(std::min(high, most_samples / 4) * 4, std::min(low, most_samples) * least_range);
    high = std::max(high, batches.back());
  }
  std::int64_t factor = 2;
  const auto count = [&] {
    int n = 1;
    for (std::int64_t b = low; b <= high / factor; b *= factor) ++n;
    return n;
  };
  while (count() > most_added) factor *= 2;
  std::vector<std::int64_t> added{low};
  while (added.back() <= high / factor) added.push_back(added.back() * factor);
  // Skip points close to an existing one, as the two would look like one.
  std::erase_if(added, [&](std::int64_t b) {
    return std::any_of(batches.begin(), batches.end(), [&](std::int64_t there) {
      return (b < there ? there - b : b - there) <= there / 4;
    });
  });
  batches.insert(batches.end(), added.begin(), added.end());
  in_order();
  return batches;
}

void write_pictures(const Request& request, const DryRun& run, const TrainingStep& training,
                    std::span<const Comparison> comparisons, std::vector<std::int64_t> measured) {
  if (!request.svg && !request.html) return;
  if (request.svg == request.html)
    throw UsageError("--svg and --html name the same file '" + *request.svg +
                     "'; give two different files");
  const Plan& largest =
      *std::max_element(run.plans.begin(), run.plans.end(),
                        [](const Plan& a, const Plan& b) { return a.batch < b.batch; });
  const std::vector<PeakAtBatch> curve = curve_of(run, largest.options);
  const Graph& graph = run.graph_of(largest);
  std::vector<Drawn> others;
  for (const Comparison& each : comparisons)
    others.push_back(drawn(each, graph, largest, training));
  PictureOptions options{run.model.name, run.model.description, run.optimizer, run.budget,
                         run.largest_batch < most_samples ? run.largest_batch : 0};
  options.measured = std::move(measured);
  for (const Drawn& each : others) options.compared.push_back({each.name, &each.graph, &each.plan});
  if (request.svg) write_file("--svg", *request.svg, memory_svg(graph, largest, curve, options));
  if (request.html)
    write_file("--html", *request.html, memory_html(graph, largest, curve, options));
}

}  // namespace foregraph::cli
