#include <algorithm>
#include <array>
#include <foregraph/detail/compile/recomputation/rebuild.hpp>
#include <foregraph/detail/compile/recompute.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <utility>

namespace foregraph {
namespace {

using recomputation::Rebuilder;
using recomputation::Recipes;
using recomputation::Rule;
using recomputation::Simulation;

std::optional<Recomputed> try_limit(const Graph& g, const Plan& plan, const Recipes& recipes,
                                    Rule rule, std::int64_t limit, std::int64_t most_extra_flops) {
  Simulation simulation(g, plan, recipes, rule, limit, most_extra_flops);
  if (!simulation.run()) return std::nullopt;
  Recomputed result;
  result.graph = Rebuilder(g, plan, recipes).build(simulation.computations);
  result.plan = plan_memory(result.graph, plan.batch, plan.options);
  result.recomputed_values = simulation.recomputed_values;
  result.extra_flops = flops_of(result.graph, plan.batch) - flops_of(g, plan.batch);
  return result;
}

constexpr std::array<Rule, 3> all_rules{Rule::by_distance, Rule::by_root_of_distance,
                                        Rule::by_size_alone};

/// Calls `visit(plan, recipes, rule)` with each rule for `plan`, and for a plan whose schedule
/// frees operands earlier. With recomputation the latter can be the better starting point even if
/// its peak is not lower.
template <class Visit>
void for_each_beginning(const Graph& g, const Plan& plan, const Visit& visit) {
  PlanOptions options = plan.options;
  options.order = OrderMethod::early_gradients;
  Plan other = plan_memory(g, plan.batch, options);
  other.options = plan.options;
  for (const Plan* each : {&plan, static_cast<const Plan*>(&other)}) {
    const Recipes recipes(g, *each);
    for (const Rule rule : all_rules) visit(*each, recipes, rule);
  }
}

}  // namespace

std::optional<Recomputed> recompute_within(const Graph& g, const Plan& plan, Bytes transient_bytes,
                                           std::int64_t most_extra_flops) {
  const Recipes recipes(g, plan);
  std::optional<Recomputed> best;
  for (const Rule rule : all_rules) {
    const std::int64_t most = best ? best->extra_flops - 1 : most_extra_flops;
    if (most < 0) break;
    std::optional<Recomputed> tried =
        try_limit(g, plan, recipes, rule, transient_bytes.count, most);
    if (tried && (!best || tried->extra_flops < best->extra_flops)) best = std::move(tried);
  }
  return best;
}

std::optional<Recomputed> recompute_to_fit(const Graph& g, const Plan& plan, Bytes budget,
                                           std::int64_t most_extra_flops) {
  const std::int64_t room = budget.count - plan.fixed_bytes() - plan.inputs_bytes();
  std::optional<Recomputed> best;
  if (room <= 0) return best;
  // The simulated memory can be somewhat above or below the plan of the result, and a smaller limit
  // need not give a smaller plan. So try limits around the available memory, largest first.
  constexpr int steps = 12;
  for_each_beginning(g, plan, [&](const Plan& begin, const Recipes& recipes, Rule rule) {
    int impossible = 0;
    for (int i = 0; i < steps && impossible < 2; ++i) {
      const std::int64_t limit = room + room / 10 - i * (room / 40);
      const std::int64_t most = best ? best->extra_flops - 1 : most_extra_flops;
      std::optional<Recomputed> tried = try_limit(g, begin, recipes, rule, limit, most);
      impossible += tried ? 0 : 1;
      if (tried && tried->plan.peak() <= budget && tried->extra_flops <= most) {
        best = std::move(tried);
        break;
      }
    }
  });
  return best;
}

std::optional<Recomputed> smallest_by_recomputation(const Graph& g, const Plan& plan,
                                                    std::int64_t most_extra_flops) {
  std::optional<Recomputed> best;
  for_each_beginning(g, plan, [&](const Plan& begin, const Recipes& recipes, Rule rule) {
    std::int64_t low = 0;  // known to be impossible
    std::int64_t high = begin.transient_lower_bound_bytes + 1;
    while (high - low > std::max<std::int64_t>(high / 128, alignment_bytes)) {
      const std::int64_t middle = low + (high - low) / 2;
      std::optional<Recomputed> tried =
          try_limit(g, begin, recipes, rule, middle, most_extra_flops);
      (tried ? high : low) = middle;
      if (tried && tried->plan.peak() < (best ? best->plan.peak() : plan.peak()))
        best = std::move(tried);
    }
  });
  return best;
}

}  // namespace foregraph
