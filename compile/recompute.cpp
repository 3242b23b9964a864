#include <algorithm>
#include <array>
#include <foregraph/detail/compile/recomputation/clean_up.hpp>
#include <foregraph/detail/compile/recomputation/rebuild.hpp>
#include <foregraph/detail/compile/recompute.hpp>
#include <foregraph/detail/compile/separate_updates.hpp>
#include <foregraph/detail/graph/passes/common_subexpressions.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/planner/tasks/precedence.hpp>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace foregraph {
namespace {

using recomputation::CleanUp;
using recomputation::Computation;
using recomputation::Rebuilder;
using recomputation::Recipes;
using recomputation::Rule;
using recomputation::Simulation;

struct Tried : Recomputed {
  std::vector<NodeId> first_versions{};  ///< of the nodes of the original graph
};

/// Returns the step of a sequence of computations, or nothing if it needs too many FLOPs.
std::optional<Tried> step_of(const Graph& g, const Plan& plan, const Recipes& recipes,
                             const std::vector<Computation>& computations,
                             std::int64_t most_extra_flops) {
  Tried result;
  std::int64_t flops = 0;
  for (const Computation& each : computations) {
    if (each.again == no_node) continue;
    ++result.recomputed_values;
    flops += recipes.of(each.again).flops;
  }
  if (flops > most_extra_flops) return std::nullopt;
  Rebuilder rebuilder(g, plan, recipes);
  result.graph = rebuilder.build(computations);
  result.first_versions = rebuilder.first_versions();
  result.plan = plan_memory(result.graph, plan.batch, plan.options);
  result.extra_flops = flops_of(result.graph, plan.batch) - flops_of(g, plan.batch);
  return result;
}

/// Returns the step that a simulation within `limit` gives, or nothing. Computations are only
/// removed again as long as the rest stays within `room` too. With `lowest`, the peaks with and
/// without this clean-up are compared.
std::optional<Tried> try_limit(const Graph& g, const Plan& plan, const Recipes& recipes, Rule rule,
                               std::int64_t limit, std::int64_t room, std::int64_t most_extra_flops,
                               bool lowest = false) {
  // The clean-up may bring the work below the limit again.
  const std::int64_t slack = most_extra_flops / 4;
  Simulation simulation(g, plan, recipes, rule, limit, most_extra_flops + slack);
  if (!simulation.run()) return std::nullopt;
  std::vector<Computation> cleaned = simulation.computations;
  CleanUp(g, recipes, simulation.memory()).run(cleaned, std::min(limit, room));
  std::optional<Tried> result = step_of(g, plan, recipes, cleaned, most_extra_flops);
  if (!lowest || cleaned.size() == simulation.computations.size()) return result;
  std::optional<Tried> as_simulated =
      step_of(g, plan, recipes, simulation.computations, most_extra_flops);
  if (as_simulated && (!result || as_simulated->plan.peak() < result->plan.peak()))
    return as_simulated;
  return result;
}

/// Returns `plan` with its tasks in the order that the planner found for a step with
/// recomputations, as far as they may run in it.
Plan with_order_of(const Graph& g, const Plan& plan, const Tried& found) {
  std::vector<std::int32_t> position(found.plan.tasks.list.size(), 0);
  for (std::size_t p = 0; p < found.plan.order.tasks.size(); ++p)
    position[static_cast<std::size_t>(found.plan.order.tasks[p])] = static_cast<std::int32_t>(p);
  planning::Precedence precedence =
      planning::constraints_of(g, plan.tasks, plan.options.in_place).precedence;
  using Ready = std::pair<std::int32_t, std::int32_t>;
  std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready;
  const auto make_ready = [&](std::int32_t task) {
    std::int32_t latest = 0;
    for (const NodeId id : plan.tasks.members_of(plan.tasks.list[static_cast<std::size_t>(task)])) {
      const NodeId first = found.first_versions[static_cast<std::size_t>(id)];
      const std::int32_t in = found.plan.tasks.task_of[static_cast<std::size_t>(first)];
      if (in >= 0) latest = std::max(latest, position[static_cast<std::size_t>(in)]);
    }
    ready.emplace(latest, task);
  };
  const auto is_copy = [&](std::size_t t) { return plan.tasks.list[t].kind == Task::Kind::copy; };
  for (std::size_t t = 0; t < plan.tasks.list.size(); ++t)
    if (precedence.pending[t] == 0) make_ready(static_cast<std::int32_t>(t));
  Plan result = plan;
  result.order.tasks.clear();
  while (!ready.empty()) {
    const std::int32_t task = ready.top().second;
    ready.pop();
    // Copies of new values into their variables come last.
    if (!is_copy(static_cast<std::size_t>(task))) result.order.tasks.push_back(task);
    for (const std::int32_t next : precedence.after[static_cast<std::size_t>(task)])
      if (--precedence.pending[static_cast<std::size_t>(next)] == 0) make_ready(next);
  }
  for (const std::int32_t task : plan.order.tasks)
    if (is_copy(static_cast<std::size_t>(task))) result.order.tasks.push_back(task);
  return result;
}

using Weight = Rule::Weight;
constexpr std::array<Rule, 7> all_rules{{{Weight::full, Weight::full, true},
                                         {Weight::root, Weight::full, true},
                                         {Weight::none, Weight::full, true},
                                         {Weight::full, Weight::root, true},
                                         {Weight::full, Weight::full, false},
                                         {Weight::root, Weight::full, false},
                                         {Weight::none, Weight::full, false}}};

/// Returns the order of `plan` with each task that no other waits for, such as an update written
/// into its variable, behind `count` more tasks of the others. Its operands are then needed later,
/// which is worse as long as they are kept, but better if they are recomputed: those of the others
/// can leave before.
Plan with_later_updates(const Graph& g, const Plan& plan, int count) {
  Plan later = plan;
  planning::Constraints constraints =
      planning::constraints_of(g, plan.tasks, plan.options.in_place);
  const auto task_count = constraints.precedence.after.size();
  later.order.tasks.clear();
  struct Waiting {
    std::int32_t task = 0;
    int until = 0;
  };
  std::vector<Waiting> waiting;
  std::size_t next_waiting = 0;
  int passed = 0;
  const auto let_go = [&] {
    for (; next_waiting < waiting.size() && waiting[next_waiting].until <= passed; ++next_waiting)
      later.order.tasks.push_back(waiting[next_waiting].task);
  };
  for (const std::int32_t task : plan.order.tasks) {
    const auto t = static_cast<std::size_t>(task);
    if (t >= task_count || plan.tasks.list[t].kind == Task::Kind::copy) {
      passed += count;
      let_go();
      later.order.tasks.push_back(task);
    } else if (constraints.precedence.after[t].empty()) {
      waiting.push_back({task, passed + count});
    } else {
      later.order.tasks.push_back(task);
      ++passed;
      let_go();
    }
  }
  passed += count;
  let_go();
  return later;
}

/// Calls `visit(plan, recipes, rule)` with each rule for `plan` and for plans with other orders,
/// which can be better starting points for recomputation even if their peaks are higher: one that
/// frees operands earlier, and two with later updates.
template <class Visit>
void for_each_beginning(const Graph& g, const Plan& plan, const Visit& visit) {
  PlanOptions options = plan.options;
  options.order = OrderMethod::early_gradients;
  Plan early = plan_memory(g, plan.batch, options);
  early.options = plan.options;
  const Plan once = with_later_updates(g, plan, 1);
  const Plan twice = with_later_updates(g, plan, 2);
  const std::array<const Plan*, 4> beginnings{&plan, &early, &once, &twice};
  for (std::size_t i = 0; i < beginnings.size(); ++i) {
    const Plan* const each = beginnings[i];
    const auto has_the_order = [each](const Plan* other) {
      return std::equal(each->order.tasks.begin(), each->order.tasks.end(),
                        other->order.tasks.begin(), other->order.tasks.end());
    };
    if (std::any_of(beginnings.begin(), beginnings.begin() + static_cast<std::ptrdiff_t>(i),
                    has_the_order))
      continue;
    const Recipes recipes(g, *each);
    for (const Rule rule : all_rules) visit(*each, recipes, rule);
  }
}

/// Calls `search(step, plan, most_extra_flops)`, for a step in which values are recomputed already
/// (see recompute_cheap_values()) with these values kept, as a search for other ones starts best.
template <class Search>
std::optional<Recomputed> from_all_kept(const Graph& g, const Plan& plan,
                                        std::int64_t most_extra_flops, const Search& search) {
  bool has_copies = false;
  for (NodeId id = 0; id < g.size(); ++id) has_copies = has_copies || g.node(id).recomputation > 0;
  if (!has_copies) return search(g, plan, most_extra_flops);
  Graph kept = passes::merge_common_subexpressions(g);
  passes::separate_updates(kept);
  const std::int64_t extra = flops_of(g, plan.batch) - flops_of(kept, plan.batch);
  std::optional<Recomputed> found =
      search(kept, plan_memory(kept, plan.batch, plan.options), most_extra_flops + extra);
  if (found) found->extra_flops -= extra;
  return found;
}

std::optional<Recomputed> fitting(const Graph& g, const Plan& plan, Bytes budget,
                                  std::int64_t most_extra_flops) {
  const std::int64_t room = budget.count - plan.fixed_bytes() - plan.inputs_bytes();
  std::optional<Recomputed> best;
  if (room <= 0) return best;
  // The simulated memory can be somewhat above or below the plan of the result, and a smaller limit
  // need not give a smaller plan. So try limits around the available memory, largest first.
  constexpr int steps = 12;
  for_each_beginning(g, plan, [&](const Plan& begin, const Recipes& recipes, Rule rule) {
    int impossible = 0;
    int found = 0;
    for (int i = 0; i < steps && impossible < 2 && found < 2; ++i) {
      const std::int64_t limit = room + room / 10 - i * (room / 40);
      const std::int64_t most = best ? best->extra_flops - 1 : most_extra_flops;
      std::optional<Tried> tried = try_limit(g, begin, recipes, rule, limit, room, most);
      impossible += tried ? 0 : 1;
      if (!tried || tried->plan.peak() > budget) continue;
      ++found;
      if (tried->extra_flops <= most) best = std::move(tried);
    }
  });
  return best;
}

std::optional<Recomputed> smallest(const Graph& g, const Plan& plan,
                                   std::int64_t most_extra_flops) {
  std::optional<Tried> best;
  const auto search = [&](const Plan& begin, const Recipes& recipes, Rule rule) {
    const auto attempt = [&](std::int64_t limit) {
      std::optional<Tried> tried =
          try_limit(g, begin, recipes, rule, limit, limit, most_extra_flops, true);
      if (!tried) return false;
      const Bytes lowest = best ? best->plan.peak() : plan.peak();
      if (tried->plan.peak() < lowest ||
          (best && tried->plan.peak() == lowest && tried->extra_flops < best->extra_flops))
        best = std::move(tried);
      return true;
    };
    // A rule that hardly gets down to the best peak so far is not followed further.
    std::int64_t high = begin.transient_lower_bound_bytes + 1;
    if (best) {
      high = best->plan.transient_bytes + best->plan.transient_bytes / 32;
      if (!attempt(high)) return;
    }
    std::int64_t low = 0;  // known to be impossible
    while (high - low > std::max<std::int64_t>(high / 128, alignment_bytes)) {
      const std::int64_t middle = low + (high - low) / 2;
      (attempt(middle) ? high : low) = middle;
    }
    // A smaller limit may be possible where a larger one is not.
    constexpr int steps = 3;
    for (int i = 1; i <= steps; ++i) attempt(high - i * (high / 48));
  };
  for_each_beginning(g, plan, search);
  // The planner's order of the best step, in which values are recomputed, is one more beginning.
  constexpr int most_rounds = 4;
  for (int round = 0; round < most_rounds && best; ++round) {
    const Bytes before = best->plan.peak();
    const Plan begin = with_order_of(g, plan, *best);
    const Recipes recipes(g, begin);
    for (const Rule rule : all_rules) search(begin, recipes, rule);
    if (!(best->plan.peak() < before)) break;
  }
  if (!best) return std::nullopt;
  return std::move(*best);
}

}  // namespace

std::optional<Recomputed> recompute_within(const Graph& g, const Plan& plan, Bytes transient_bytes,
                                           std::int64_t most_extra_flops) {
  const Recipes recipes(g, plan);
  std::optional<Recomputed> best;
  for (const Rule rule : all_rules) {
    const std::int64_t most = best ? best->extra_flops - 1 : most_extra_flops;
    if (most < 0) break;
    std::optional<Tried> tried =
        try_limit(g, plan, recipes, rule, transient_bytes.count, transient_bytes.count, most);
    if (tried && (!best || tried->extra_flops < best->extra_flops)) best = std::move(tried);
  }
  return best;
}

std::optional<Recomputed> recompute_to_fit(const Graph& g, const Plan& plan, Bytes budget,
                                           std::int64_t most_extra_flops) {
  const auto search = [&](const Graph& step, const Plan& begin, std::int64_t most) {
    return fitting(step, begin, budget, most);
  };
  return from_all_kept(g, plan, most_extra_flops, search);
}

std::optional<Recomputed> smallest_by_recomputation(const Graph& g, const Plan& plan,
                                                    std::int64_t most_extra_flops) {
  std::optional<Recomputed> found = from_all_kept(g, plan, most_extra_flops, smallest);
  if (found && !(found->plan.peak() < plan.peak())) return std::nullopt;
  return found;
}

}  // namespace foregraph
