#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <foregraph/detail/compile/recomputation/simulation.hpp>
#include <foregraph/detail/graph/passes/rewrite.hpp>

namespace foregraph::recomputation {

/// Builds the graph of a sequence of computations.
class Rebuilder {
 public:
  Rebuilder(const Graph& from, const Plan& plan, const Recipes& recipes)
      : from_(from),
        plan_(plan),
        recipes_(recipes),
        to_(Graph::empty_like(from)),
        map_(index(from.size()), no_node) {}

  Graph build(const std::vector<Computation>& computations) {
    for (NodeId id = 0; id < from_.size(); ++id)
      if (from_.node(id).arity == 0) map_[index(id)] = to_.append_like(from_, id, {}).id;
    // Of the current run of recomputations, all for the same task; above those there are.
    std::int32_t number = 0;
    for (NodeId id = 0; id < from_.size(); ++id)
      number = std::max(number, from_.node(id).recomputation);
    bool in_run = false;
    std::vector<NodeId>& first = first_;
    first = map_;
    for (const Computation& each : computations) {
      if (each.again == no_node) {
        in_run = false;
        for (const NodeId id : plan_.tasks.members_of(plan_.tasks.list[index(each.task)])) {
          append(id, 0);
          first[index(id)] = map_[index(id)];
        }
        continue;
      }
      if (!in_run) ++number;
      in_run = true;
      for (const NodeId id : recipes_.of(each.again).members) append(id, number);
    }
    // Loss, outputs and new values of variables are never dropped, so use their first versions.
    for (NodeId id = 0; id < from_.size(); ++id)
      if (plan_.tasks.task_of[index(id)] >= 0) map_[index(id)] = first[index(id)];
    for (NodeId id = 0; id < from_.size(); ++id)
      if (plan_.tasks.task_of[index(id)] < 0) map_[index(id)] = current(id, 0);
    passes::map_interface(from_, map_, to_);
    return std::move(to_);
  }
  /// Returns the first version of each node, by its number in the graph rebuilt.
  [[nodiscard]] const std::vector<NodeId>& first_versions() const { return first_; }

 private:
  void append(NodeId id, std::int32_t number) {
    if (from_.node(id).arity == 0) return;  // a scalar leaf, added at the start of build()
    std::vector<NodeId> operands;
    for (const NodeId input : from_.inputs_of(id)) operands.push_back(current(input, number));
    map_[index(id)] = to_.append_like(from_, id, operands, number).id;
  }
  /// Returns the latest version of an operand; views and broadcasts follow their operand.
  NodeId current(NodeId id, std::int32_t number) {
    if (plan_.tasks.task_of[index(id)] >= 0 || from_.node(id).arity == 0) return map_[index(id)];
    std::vector<NodeId> operands;
    for (const NodeId input : from_.inputs_of(id)) operands.push_back(current(input, number));
    NodeId& known = map_[index(id)];
    const bool same = known != no_node &&
                      std::equal(operands.begin(), operands.end(), to_.inputs_of(known).begin());
    if (!same) known = to_.append_like(from_, id, operands, number).id;
    return known;
  }

  const Graph& from_;
  const Plan& plan_;
  const Recipes& recipes_;
  Graph to_;
  std::vector<NodeId> map_;
  std::vector<NodeId> first_{};
};

}  // namespace foregraph::recomputation
