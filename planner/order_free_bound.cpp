#include <algorithm>
#include <cstdint>
#include <foregraph/detail/planner/order/order_bound.hpp>
#include <foregraph/detail/planner/order_free_bound.hpp>
#include <queue>
#include <unordered_map>
#include <vector>

namespace foregraph {
namespace {

using planning::Precedence;
using planning::TaskLinks;
using planning::TaskMemory;

/// The least peak of all orders of at most 64 tasks: a search for the path with the lowest maximum
/// over the sets of tasks that have run (Dijkstra's algorithm for bottlenecks).
class LeastPeak {
 public:
  LeastPeak(const TaskLinks& links, const TaskMemory& memory)
      : links_(links), memory_(memory), before_(links.count, 0), readers_(links.values.size(), 0) {
    for (std::size_t t = 0; t < links.count; ++t)
      for (const std::int32_t task : links.before.of(static_cast<std::int32_t>(t)))
        before_[t] |= bit(task);
    for (std::size_t v = 0; v < readers_.size(); ++v)
      for (const std::int32_t reader : links.readers.of(static_cast<std::int32_t>(v)))
        readers_[v] |= bit(reader);
  }

  static constexpr std::size_t most_tasks = 64;

  struct Result {
    std::int64_t bytes = 0;   ///< every order needs at least these
    bool is_reached = false;  ///< and one needs no more
  };
  /// Examines at most `most_states` sets of tasks.
  Result find(std::size_t most_states) {
    const std::uint64_t all =
        links_.count == most_tasks ? ~std::uint64_t{0} : bit(static_cast<int>(links_.count)) - 1;
    push({0, 0, 0});
    while (!open_.empty()) {
      const State state = open_.top();
      open_.pop();
      if (state.done == all) return {state.peak, true};
      if (best_[state.done] < state.peak) continue;
      if (best_.size() > most_states) return {state.peak, false};
      expand(state);
    }
    return {};
  }

 private:
  struct State {
    std::int64_t peak = 0;
    std::int64_t alive = 0;
    std::uint64_t done = 0;

    bool operator<(const State& other) const {  // the queue's first is the lowest, then the longest
      if (peak != other.peak) return peak > other.peak;
      return __builtin_popcountll(done) < __builtin_popcountll(other.done);
    }
  };
  static std::uint64_t bit(std::int32_t task) { return std::uint64_t{1} << task; }

  void push(const State& state) {
    const auto [known, is_new] = best_.try_emplace(state.done, state.peak);
    if (!is_new && known->second <= state.peak) return;
    known->second = state.peak;
    open_.push(state);
  }

  /// Returns the state after `task`, whose operands have been computed.
  State after(const State& state, std::int32_t task) {
    State next = state;
    next.done |= bit(task);
    const auto is_dead = [&](NodeId id) {
      const auto v = static_cast<std::size_t>(links_.value_of[static_cast<std::size_t>(id)]);
      return !memory_.is_kept(id) && (readers_[v] & ~next.done) == 0;
    };
    std::int64_t height = state.alive + memory_.workspace_of(task);
    taken_.clear();
    for (const TaskMemory::Make& make : memory_.makes_of(task)) {
      const std::int64_t bytes = memory_.bytes_of(make.node);
      height += bytes;
      next.alive += bytes;
      for (const NodeId operand : memory_.overwrites_of(make)) {
        if (!is_dead(operand) || std::find(taken_.begin(), taken_.end(), operand) != taken_.end())
          continue;
        taken_.push_back(operand);
        height -= bytes;
        break;
      }
      if (is_dead(make.node)) next.alive -= bytes;
    }
    for (const NodeId id : memory_.reads_of(task))
      if (is_dead(id)) next.alive -= memory_.bytes_of(id);
    next.peak = std::max(state.peak, height);
    return next;
  }

  void expand(const State& state) {
    std::vector<State> successors;
    for (std::size_t t = 0; t < links_.count; ++t) {
      const auto task = static_cast<std::int32_t>(t);
      if ((state.done & bit(task)) != 0 || (before_[t] & ~state.done) != 0) continue;
      const State next = after(state, task);
      // A task that neither raises the peak nor leaves more alive can only help if it runs now.
      if (next.peak == state.peak && next.alive <= state.alive) {
        push(next);
        return;
      }
      successors.push_back(next);
    }
    for (const State& next : successors) push(next);
  }

  const TaskLinks& links_;
  const TaskMemory& memory_;
  std::vector<std::uint64_t> before_;   ///< by task: those it must run after
  std::vector<std::uint64_t> readers_;  ///< by value
  std::unordered_map<std::uint64_t, std::int64_t> best_{};
  std::priority_queue<State> open_{};
  std::vector<NodeId> taken_{};
};

}  // namespace

OrderFreeBound order_free_bound(const Graph& g, const Plan& plan) {
  Tasks tasks = plan.tasks;
  while (!tasks.list.empty() && tasks.list.back().kind == Task::Kind::copy) tasks.list.pop_back();
  const planning::Constraints constraints =
      planning::constraints_of(g, tasks, plan.options.in_place);
  TaskMemory memory(g, tasks, constraints.bound_variable, plan.batch, plan.options.in_place);
  for (const Task& copy : constraints.copies)
    memory.keep(planning::storage_root(g, copy.first_member));
  const TaskLinks links(constraints.precedence, memory);
  DynamicArray<std::int32_t> sequence;
  for (const std::int32_t task : plan.order.tasks)
    if (static_cast<std::size_t>(task) < links.count) sequence.push_back(task);

  const std::int64_t always = plan.peak().count - plan.transient_bytes;
  DynamicArray<std::int64_t> alive;
  DynamicArray<std::int64_t> heights;
  const std::int64_t planned = memory.peak_of(sequence, alive, heights).bytes;
  constexpr std::int64_t most_tasks = 1'000;
  std::int64_t bound = planning::OrderBound(links, memory).of_all(sequence, heights, most_tasks);
  bool is_reached = bound == planned;
  if (!is_reached && links.count <= LeastPeak::most_tasks) {
    constexpr std::size_t most_states = 1U << 16;
    const LeastPeak::Result least = LeastPeak(links, memory).find(most_states);
    bound = std::max(bound, least.bytes);
    is_reached = least.is_reached || bound == planned;
  }
  return {{always + bound}, is_reached};
}

}  // namespace foregraph
