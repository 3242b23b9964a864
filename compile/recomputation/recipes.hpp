#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <foregraph/detail/planner/plan.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::recomputation {

[[nodiscard]] inline std::size_t index(std::int32_t i) {
  return static_cast<std::size_t>(i);
}

/// The nodes, operands and work needed to recompute one value.
struct Recipe {
  std::vector<NodeId> members{};    ///< the nodes, in topological order
  std::vector<NodeId> operands{};   ///< storage roots computed by other tasks
  std::vector<NodeId> variables{};  ///< variables it reads; their old values are lost on update
  std::int64_t work = 0;            ///< FLOPs, plus one for each byte moved
  std::int64_t flops = 0;
  bool allowed = false;
};

/// The recipes of all stored values of the forward pass.
class Recipes {
 public:
  Recipes(const Graph& g, const Plan& plan) : g_(g), plan_(plan), recipes_(index(g.size())) {
    for (std::size_t t = 0; t < plan.tasks.list.size(); ++t)
      for (const NodeId id : plan.tasks.members_of(plan.tasks.list[t]))
        if (plan.tasks.stored[index(id)] != 0 && plan.order.bound_variable[index(id)] < 0 &&
            g.node(id).phase == Phase::forward && g.node(id).arity > 0)
          make(id, static_cast<std::int32_t>(t));
  }
  [[nodiscard]] const Recipe& of(NodeId id) const { return recipes_[index(id)]; }

 private:
  void make(NodeId value, std::int32_t task_index) {
    const Task& task = plan_.tasks.list[index(task_index)];
    Recipe& recipe = recipes_[index(value)];
    recipe.allowed = true;
    std::vector<char> needed(index(g_.size()), 0);
    needed[index(value)] = 1;
    const auto members = plan_.tasks.members_of(task);
    for (std::size_t i = members.size(); i-- > 0;) {
      if (needed[index(members[i])] == 0) continue;
      recipe.members.push_back(members[i]);
      if (g_.node(members[i]).phase != Phase::forward) recipe.allowed = false;
      for (const NodeId input : g_.inputs_of(members[i])) need(input, task_index, needed, recipe);
    }
    std::reverse(recipe.members.begin(), recipe.members.end());
    for (const NodeId id : recipe.members) recipe.flops += flops_of_node(g_, id, plan_.batch);
    recipe.work = recipe.flops + planning::buffer_bytes(g_.node(value), plan_.batch);
    for (const NodeId id : recipe.operands)
      recipe.work += planning::buffer_bytes(g_.node(id), plan_.batch);
  }

  /// Adds the members, values and variables that an operand depends on.
  void need(NodeId input, std::int32_t task_index, std::vector<char>& needed, Recipe& recipe) {
    const std::int32_t maker = plan_.tasks.task_of[index(input)];
    if (maker == task_index) {
      needed[index(input)] = 1;
    } else if (maker >= 0) {
      add(recipe.operands, input);
    } else if (g_.variable_index(input) >= 0) {
      add(recipe.variables, input);
    } else {
      for (const NodeId behind : g_.inputs_of(input)) need(behind, task_index, needed, recipe);
    }
  }
  static void add(std::vector<NodeId>& list, NodeId id) {
    if (std::find(list.begin(), list.end(), id) == list.end()) list.push_back(id);
  }

  const Graph& g_;
  const Plan& plan_;
  std::vector<Recipe> recipes_;
};

}  // namespace foregraph::recomputation
