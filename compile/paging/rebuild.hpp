#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <foregraph/detail/compile/paging/ops.hpp>
#include <foregraph/detail/compile/paging/schedule.hpp>
#include <foregraph/detail/graph/passes/rewrite.hpp>
#include <foregraph/detail/planner/plan.hpp>

namespace foregraph::paging {

/// Builds the graph and the plan of a step with the transfers of a PageSchedule. Unlike a pass
/// followed by plan_memory(), it keeps the tasks of the plan as they are, so that every region
/// computes the same expression and the results are equal to the last bit.
class Rebuilder {
 public:
  Rebuilder(const Graph& from, const Plan& plan)
      : from_(from),
        plan_(plan),
        map_(index(from.size()), no_node),
        token_(index(from.size()), no_node),
        offset_(index(from.size()), 0) {}

  void build(const PageSchedule& schedule) {
    graph = Graph::empty_like(from_);
    new_plan.batch = plan_.batch;
    new_plan.options = plan_.options;
    for (NodeId id = 0; id < from_.size(); ++id)
      if (from_.node(id).arity == 0) copy_node(id, {}, -1);
    auto written = schedule.outs.begin();
    auto begun = schedule.ins.begin();
    auto ready = schedule.ins.begin();
    std::vector<PageOut> leaving = schedule.outs;
    std::stable_sort(leaving.begin(), leaving.end(),
                     [](const PageOut& a, const PageOut& b) { return a.after < b.after; });
    auto left = leaving.begin();
    for (std::size_t p = 0; p < plan_.order.tasks.size(); ++p) {
      const auto position = static_cast<std::int32_t>(p);
      for (; written != schedule.outs.end() && written->before == position; ++written)
        add_written(written->value);
      for (; begun != schedule.ins.end() && begun->begin == position; ++begun) add_in(begun->value);
      for (; ready != schedule.ins.end() && ready->before == position; ++ready)
        add_ready(ready->value);
      add_task(plan_.tasks.list[index(plan_.order.tasks[p])]);
      for (; left != leaving.end() && left->after == position; ++left) add_out(left->value);
    }
    for (const NodeId id : from_.outputs) map_[index(id)] = current(id);
    for (const Update& u : from_.updates) map_[index(u.value)] = current(u.value);
    if (from_.loss != no_node) map_[index(from_.loss)] = current(from_.loss);
    passes::map_interface(from_, map_, graph);
    graph.phase = from_.phase;
    planning::PlanLog log(new_plan.batch);
    planning::place_values(graph, new_plan, log);
  }

  Graph graph{};
  Plan new_plan{};
  std::int64_t written_bytes = 0;
  std::int64_t read_bytes = 0;
  std::int64_t file_bytes = 0;
  std::int64_t values = 0;
  std::int64_t transfers = 0;

 private:
  /// Offsets in the file are multiples of this size of its blocks.
  static constexpr std::int64_t block_bytes = 4096;
  [[nodiscard]] static std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }

  /// Records a node of the new graph: its task, or -1, and what is known of the node like it.
  void note(NodeId like, std::int32_t task, bool is_stored) {
    new_plan.tasks.task_of.push_back(task);
    new_plan.tasks.stored.push_back(is_stored ? 1 : 0);
    new_plan.order.bound_variable.push_back(
        like == no_node ? -1 : plan_.order.bound_variable[index(like)]);
  }
  void copy_node(NodeId id, const std::vector<NodeId>& operands, std::int32_t task) {
    map_[index(id)] = graph.append_like(from_, id, operands).id;
    note(id, task, plan_.tasks.stored[index(id)] != 0);
  }
  [[nodiscard]] std::vector<NodeId> operands_of(NodeId id) {
    std::vector<NodeId> operands;
    for (const NodeId input : from_.inputs_of(id)) operands.push_back(current(input));
    return operands;
  }
  /// Returns the latest version of an operand; views and broadcasts follow their operand.
  NodeId current(NodeId id) {
    const NodeId known = map_[index(id)];
    if (plan_.tasks.task_of[index(id)] >= 0 || from_.node(id).arity == 0) return known;
    const std::vector<NodeId> operands = operands_of(id);
    if (known != no_node &&
        std::equal(operands.begin(), operands.end(), graph.inputs_of(known).begin()))
      return known;
    copy_node(id, operands, -1);
    return map_[index(id)];
  }

  [[nodiscard]] std::int32_t add_task_like(Task task) {
    const auto number = static_cast<std::int32_t>(new_plan.tasks.list.size());
    new_plan.tasks.list.push_back(task);
    new_plan.order.tasks.push_back(number);
    return number;
  }
  void add_task(const Task& task) {
    Task copy = task;
    if (task.kind == Task::Kind::copy) {
      copy.first_member = current(task.first_member);
      (void)add_task_like(copy);
      has_updated_ = true;
      return;
    }
    copy.first_member = static_cast<std::int32_t>(new_plan.tasks.members.size());
    const std::int32_t number = add_task_like(copy);
    for (const NodeId id : plan_.tasks.members_of(task)) {
      if (from_.node(id).arity == 0)  // a scalar in memory
        new_plan.tasks.task_of[index(map_[index(id)])] = number;
      else
        copy_node(id, operands_of(id), number);
      if (plan_.order.bound_variable[index(id)] >= 0) has_updated_ = true;
      new_plan.tasks.members.push_back(map_[index(id)]);
    }
  }

  NodeId add_op(const OpDef& op, NodeId value, const std::vector<NodeId>& operands,
                std::int64_t transfer) {
    Attributes attributes;
    attributes.integers[offset_attribute] = offset_[index(value)];
    attributes.integers[transfer_attribute] = transfer;
    attributes.integers[after_update_attribute] = has_updated_ ? 1 : 0;
    if (&op == &page_in_op) {
      attributes.integers[dtype_attribute] = static_cast<std::int64_t>(from_.node(value).dtype);
      attributes.shape = from_.node(value).shape;
    }
    const auto first = static_cast<std::int32_t>(new_plan.tasks.members.size());
    const std::int32_t task = add_task_like({Task::Kind::op, first, 1});
    std::vector<Tensor> tensors;
    for (const NodeId id : operands) tensors.push_back(graph.tensor(id));
    graph.phase = from_.node(value).phase;
    const Graph::ScopeGuard scope = graph.scope_number(from_.node(value).scope);
    const NodeId id = graph
                          .append(op, std::span<const Tensor>(tensors.data(), tensors.size()),
                                  attributes, from_.node(value).at)
                          .id;
    new_plan.tasks.members.push_back(id);
    note(no_node, task, true);
    return id;
  }
  [[nodiscard]] std::int64_t bytes_of(NodeId value) const {
    return planning::bytes_of(from_.node(value)).at(plan_.batch);
  }
  void add_out(NodeId value) {
    offset_[index(value)] = file_bytes;
    file_bytes += (bytes_of(value) + block_bytes - 1) / block_bytes * block_bytes;
    written_bytes += bytes_of(value);
    ++values;
    token_[index(value)] = add_op(page_out_op, value, {map_[index(value)]}, transfers++);
  }
  void add_written(NodeId value) {
    const NodeId begun = token_[index(value)];
    token_[index(value)] = add_op(page_written_op, value, {begun, map_[index(value)]},
                                  graph.node(begun).attributes.integers[transfer_attribute]);
  }
  /// The value stays in the map until it is ready: tasks before that have not asked for it.
  void add_in(NodeId value) {
    read_bytes += bytes_of(value);
    map_[index(value)] = add_op(page_in_op, value, {token_[index(value)]}, transfers++);
  }
  void add_ready(NodeId value) {
    const NodeId begun = map_[index(value)];
    map_[index(value)] = add_op(page_ready_op, value, {begun},
                                graph.node(begun).attributes.integers[transfer_attribute]);
  }

  const Graph& from_;
  const Plan& plan_;
  std::vector<NodeId> map_;           ///< by node: its latest version
  std::vector<NodeId> token_;         ///< by value: the last op of its way out
  std::vector<std::int64_t> offset_;  ///< by value, in the file
  bool has_updated_ = false;          ///< whether a task so far has changed a variable
};

}  // namespace foregraph::paging
