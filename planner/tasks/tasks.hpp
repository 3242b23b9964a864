#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <foregraph/detail/graph/access.hpp>
#include <foregraph/detail/planner/tasks/roots.hpp>

namespace foregraph {

/// One kernel call of the step: a fused region of elementwise nodes and sums of them, a single op,
/// or a copy of a new value into its variable.
struct Task {
  enum class Kind : std::uint8_t { region, op, copy };
  Kind kind = Kind::op;
  std::int32_t first_member = 0;  ///< index into Tasks::members; for a copy, the value's node
  std::int32_t member_count = 0;
  std::int32_t variable = -1;  ///< for a copy: the index of the variable written
};

/// The nodes of a graph that must be computed, grouped into tasks. Leaves, views, and broadcasts
/// that only regions load belong to no task.
struct Tasks {
  DynamicArray<Task> list{};
  DynamicArray<NodeId> members{};        ///< each task's nodes, in topological order
  DynamicArray<std::int32_t> task_of{};  ///< by node; -1 for nodes without a task
  DynamicArray<char> stored{};           ///< by node: nonzero if its value must be in memory

  [[nodiscard]] constexpr ArrayView<NodeId> members_of(const Task& task) const {
    return {members.data() + task.first_member, static_cast<std::size_t>(task.member_count)};
  }
};

namespace planning {

/// Implementation of form_tasks(): each group of nodes becomes one task. Nodes are visited in
/// topological order. A group may later be merged into another; until number_tasks(),
/// tasks_.task_of holds group numbers, which group_of() resolves.
class TaskBuilder {
 public:
  constexpr explicit TaskBuilder(const Graph& g) : g_(g) {
    tasks_.task_of.assign(static_cast<std::size_t>(g.size()), -1);
    tasks_.stored.assign(static_cast<std::size_t>(g.size()), 0);
    materialised_list_.assign(static_cast<std::size_t>(g.size()), 0);
    first_readers_.assign(static_cast<std::size_t>(g.size()), no_node);
    group_list_.reserve(static_cast<std::size_t>(g.size()));
    nodes_ = g.size() > 0 ? &g.node(0) : nullptr;
    task_of_ = tasks_.task_of.data();
    stored_ = tasks_.stored.data();
    materialised_ = materialised_list_.data();
    first_reader_ = first_readers_.data();
    groups_ = group_list_.data();
  }

  constexpr Tasks build() {
    find_materialised();
    find_readers();
    for (NodeId id = 0; id < g_.size(); ++id) {
      if (!needs_task(id)) continue;
      find_loads(id);
      std::int32_t group = -1;
      if (nodes_[id].op->kind == OpKind::elementwise) {
        merge_operands_of(id);
        group = group_to_join(id);
      } else if (nodes_[id].op->is_sum) {
        group = group_to_be_summed_in(id);
      }
      if (group < 0) group = new_group(id);
      const Phase phase = nodes_[id].phase;
      groups_[group].has_forward |= phase == Phase::forward;
      groups_[group].has_update |= phase == Phase::update;
      if (nodes_[id].recomputation > 0) groups_[group].recomputation = nodes_[id].recomputation;
      task_of_[id] = group;
      order_.push_back(id);
      mark_reads(group);
    }
    number_tasks();
    list_members();
    return std::move(tasks_);
  }

 private:
  struct Group {
    std::int32_t level = 0;     ///< one more than the highest level it reads
    bool read_outside = false;  ///< true if another group reads it, whose level then depends on it
    bool is_region = false;
    bool has_forward = false;  ///< true if it has members of the forward phase
    bool has_update = false;
    std::int32_t recomputation = 0;  ///< Node::recomputation shared by its members that are copies
    std::int64_t sums = 0;           ///< number of sums it forms for a chunk of its elements
    Shape shape{};
    DType dtype = f32;
    std::int32_t merged_into = -1;
  };

  [[nodiscard]] static constexpr std::size_t index(std::int32_t i) {
    return static_cast<std::size_t>(i);
  }
  /// Returns the group that contains `id`, or -1 if none does.
  [[nodiscard]] constexpr std::int32_t group_of(NodeId id) const {
    std::int32_t group = task_of_[id];
    while (group >= 0 && groups_[group].merged_into >= 0) group = groups_[group].merged_into;
    return group;
  }
  /// Returns the group that produces the memory of `id`, or -1 if none does.
  [[nodiscard]] constexpr std::int32_t maker_of(NodeId id) const {
    return group_of(storage_root(g_, id));
  }
  /// Returns the level of the group that produces `id`. 0 if `id` is in memory before the step; -1
  /// for scalar leaves, so that a group that reads nothing else has level 0.
  [[nodiscard]] constexpr std::int32_t level_of(NodeId id) const {
    const std::int32_t group = maker_of(id);
    if (group >= 0) return groups_[group].level;
    return is_scalar_leaf(nodes_[id].op->kind) ? -1 : 0;
  }

  /// Marks the values that must be materialised: operands of compute ops and views, and results
  /// of the step. Elementwise operands of a sum need not be; the region can accumulate them.
  constexpr void find_materialised() {
    const auto mark = [this](NodeId id) {
      if (id != no_node) materialised_[storage_root(g_, id)] = 1;
    };
    for (NodeId id = 0; id < g_.size(); ++id) {
      const OpKind kind = nodes_[id].op->kind;
      if (kind == OpKind::compute || kind == OpKind::view)
        for (const NodeId input : g_.inputs_of(id))
          if (!nodes_[id].op->is_sum || nodes_[input].op->kind != OpKind::elementwise) mark(input);
    }
    mark(g_.loss);
    for (const NodeId id : g_.outputs) mark(id);
    for (const Update& u : g_.updates) mark(u.value);
  }

  constexpr void find_readers() {
    for (NodeId id = g_.size() - 1; id >= 0; --id)
      for (const NodeId input : g_.inputs_of(id)) first_reader_[input] = id;
  }

  [[nodiscard]] constexpr bool needs_task(NodeId id) const {
    const OpKind kind = nodes_[id].op->kind;
    if (kind == OpKind::elementwise || kind == OpKind::compute) return true;
    return (kind == OpKind::broadcast || is_scalar_leaf(kind)) && materialised_[id] != 0;
  }

  /// Sets loads_ to the operands `id` reads, looking through broadcasts that need not be
  /// materialised.
  constexpr void find_loads(NodeId id) {
    loads_.clear();
    const OpKind kind = nodes_[id].op->kind;
    for (const NodeId input : g_.inputs_of(id)) {
      const bool as_it_is =
          kind == OpKind::compute || (kind == OpKind::elementwise && materialised_[input] != 0);
      loads_.push_back(as_it_is ? input : load_root(g_, input));
    }
  }

  /// Returns the region that produces `load` if the elementwise or sum node `id` could be computed
  /// in it, else -1.
  [[nodiscard]] constexpr std::int32_t region_that_fits(NodeId load, NodeId id) const {
    const std::int32_t group = group_of(load);
    const bool is_sum = nodes_[id].op->is_sum;
    const Shape& shape = nodes_[is_sum ? load : id].shape;
    if (group < 0 || nodes_[load].shape != shape) return -1;
    const Group& region = groups_[group];
    // State updates are ordered after the loss (see constraints_of()), so nothing the loss depends
    // on may join them.
    const Phase phase = nodes_[id].phase;
    if ((phase == Phase::update && region.has_forward) ||
        (phase == Phase::forward && region.has_update))
      return -1;
    // A copy recomputed for a late use must not join a region that runs early.
    const std::int32_t recomputation = nodes_[id].recomputation;
    if (recomputation > 0 && region.recomputation != recomputation) return -1;
    if (phase == Phase::backward && region.has_forward && !is_sum &&
        waits_for_its_reader(id, group))
      return -1;
    return region.is_region && region.shape == shape && region.dtype == compute_dtype(g_, id)
               ? group
               : -1;
  }

  /// Returns true if an elementwise consumer of `id` also needs a value that is computed only after
  /// region `group` of the forward pass. Then `id` would have to be stored until then: a relu's
  /// mask, for example, is better computed where the gradient needs it.
  [[nodiscard]] constexpr bool waits_for_its_reader(NodeId id, std::int32_t group) const {
    constexpr int most_readers = 8;
    const Group& region = groups_[group];
    if (!region.read_outside) return false;
    NodeId from = id;
    for (int i = 0; i < most_readers; ++i) {
      const NodeId reader = first_reader_[from];
      if (reader == no_node || nodes_[reader].op->kind != OpKind::elementwise ||
          nodes_[reader].shape != nodes_[id].shape)
        return false;
      for (const NodeId input : g_.inputs_of(reader)) {
        if (input == from) continue;
        const NodeId other = load_root(g_, input);
        const std::int32_t maker = maker_of(other);
        const bool is_unmade =
            maker < 0 && nodes_[storage_root(g_, other)].op->kind == OpKind::compute;
        const bool can_merge = maker >= 0 && groups_[maker].is_region &&
                               groups_[maker].shape == region.shape &&
                               groups_[maker].level <= region.level;
        if (is_unmade || (!can_merge && level_of(other) + 1 > region.level)) return true;
      }
      from = reader;
    }
    return false;
  }

  /// Merges the regions that produce the operands of `id`, where they can have the same level.
  constexpr void merge_operands_of(NodeId id) {
    std::int32_t first = -1;
    for (const NodeId load : loads_) {
      const std::int32_t other = region_that_fits(load, id);
      if (other < 0 || other == first) continue;
      if (first < 0) {
        first = other;
        continue;
      }
      Group& a = groups_[first];
      Group& b = groups_[other];
      if ((a.has_forward && b.has_update) || (a.has_update && b.has_forward)) continue;
      if (a.sums + b.sums > most_sums_of_a_region) continue;
      if (a.recomputation != b.recomputation) {
        const Group& original = a.recomputation == 0 ? a : b;
        if (original.recomputation > 0 || original.has_forward) continue;
      }
      const std::int32_t level = a.level > b.level ? a.level : b.level;
      if ((a.level < level && a.read_outside) || (b.level < level && b.read_outside)) continue;
      a.level = level;
      a.read_outside = a.read_outside || b.read_outside;
      a.has_forward = a.has_forward || b.has_forward;
      a.has_update = a.has_update || b.has_update;
      a.sums += b.sums;
      a.recomputation = a.recomputation > b.recomputation ? a.recomputation : b.recomputation;
      b.merged_into = first;
    }
  }

  /// Returns the first operand's region for which all other operands of `id` are complete, raising
  /// its level if necessary; -1 if there is none.
  constexpr std::int32_t group_to_join(NodeId id) {
    for (const NodeId load : loads_) {
      const std::int32_t candidate = region_that_fits(load, id);
      if (candidate < 0) continue;
      Group& region = groups_[candidate];
      std::int32_t needed = region.level;
      bool reads_itself = false;  // reads its result from memory, by a broadcast or a view
      for (const NodeId other : loads_) {
        if (group_of(other) == candidate && nodes_[other].shape == nodes_[id].shape) continue;
        if (maker_of(other) == candidate) reads_itself = true;
        if (level_of(other) + 1 > needed) needed = level_of(other) + 1;
      }
      if (reads_itself || (needed > region.level && region.read_outside)) continue;
      region.level = needed;
      return candidate;
    }
    return -1;
  }

  /// Returns the region that produces the operand of the sum `id` if the sum can be formed in it,
  /// else -1.
  constexpr std::int32_t group_to_be_summed_in(NodeId id) {
    const NodeId operand = loads_[0];
    if (nodes_[operand].op->kind != OpKind::elementwise || !is_floating(nodes_[id].dtype))
      return -1;
    const std::int32_t group = region_that_fits(operand, id);
    if (group < 0) return -1;
    const std::int64_t sums =
        sums_in_a_chunk(access_of_sum(nodes_[operand].shape, nodes_[id].attributes.integers[0]));
    std::int64_t& sums_of_all = groups_[group].sums;
    if (sums < 0 || sums_of_all + sums > most_sums_of_a_region) return -1;
    sums_of_all += sums;
    return group;
  }

  constexpr std::int32_t new_group(NodeId id) {
    Group group;
    group.is_region = nodes_[id].op->kind != OpKind::compute;
    group.shape = nodes_[id].shape;
    group.dtype = compute_dtype(g_, id);
    for (const NodeId load : loads_)
      if (level_of(load) + 1 > group.level) group.level = level_of(load) + 1;
    group_list_.push_back(group);
    return static_cast<std::int32_t>(group_list_.size()) - 1;
  }

  /// Marks values that `group` reads from other groups as stored in memory.
  constexpr void mark_reads(std::int32_t group) {
    for (const NodeId load : loads_) {
      const std::int32_t from = maker_of(load);
      if (from < 0 || from == group) continue;
      groups_[from].read_outside = true;
      stored_[storage_root(g_, load)] = 1;
    }
  }

  /// Replaces group numbers by task numbers, skipping groups that were merged into others.
  constexpr void number_tasks() {
    DynamicArray<std::int32_t> number(group_list_.size(), -1);
    for (std::size_t i = 0; i < group_list_.size(); ++i) {
      if (groups_[i].merged_into >= 0) continue;
      number[i] = static_cast<std::int32_t>(tasks_.list.size());
      tasks_.list.push_back({groups_[i].is_region ? Task::Kind::region : Task::Kind::op});
    }
    for (const NodeId id : order_) task_of_[id] = number[index(group_of(id))];
  }

  /// Lists the members of each task contiguously, in topological order.
  constexpr void list_members() {
    for (const NodeId id : order_) {
      Task& task = tasks_.list[index(task_of_[id])];
      ++task.member_count;
      // A region's value that is read through a view, or is a result, must be in memory too.
      if (materialised_[id] != 0 || task.kind == Task::Kind::op) stored_[id] = 1;
    }
    std::int32_t next = 0;
    for (Task& task : tasks_.list) {
      task.first_member = next;
      next += task.member_count;
      task.member_count = 0;
    }
    tasks_.members.assign(order_.size(), no_node);  // clang 14 rejects resize() here
    for (const NodeId id : order_) {
      Task& task = tasks_.list[index(task_of_[id])];
      tasks_.members[index(task.first_member + task.member_count++)] = id;
    }
  }

  const Graph& g_;
  Tasks tasks_{};
  DynamicArray<char> materialised_list_{};
  DynamicArray<Group> group_list_{};  ///< does not grow beyond what is reserved
  DynamicArray<NodeId> first_readers_{};
  DynamicArray<NodeId> order_{};  ///< the nodes with tasks
  DynamicArray<NodeId> loads_{};  ///< of the current node
  // The elements of the lists above. In the compiler, each operator[] call costs as much as using
  // its result.
  const Node* nodes_ = nullptr;
  std::int32_t* task_of_ = nullptr;  ///< by node
  char* stored_ = nullptr;           ///< by node
  char* materialised_ = nullptr;     ///< by node
  NodeId* first_reader_ = nullptr;   ///< by node
  Group* groups_ = nullptr;
};

}  // namespace planning

/// Groups the nodes of `g` into tasks.
///
/// Elementwise nodes of one shape and compute dtype are fused greedily in topological order: a
/// node joins the region of one of its operands if every other operand is complete before that
/// region starts. Levels decide this (a task's level is one more than the highest level it reads):
/// operands of a lower level cannot depend on the region. If nothing outside the region reads it
/// yet, its level may still be raised. Regions with a common consumer are merged if they can have
/// the same level, since then neither depends on the other; the two halves of an Adam update thus
/// read the gradient once. Sums of a region's values are formed in the region if they are over all
/// elements, over the leading axes or over the trailing axes. Nearly O(nodes + edges), by
/// union-find.
[[nodiscard]] constexpr Tasks form_tasks(const Graph& g) {
  return planning::TaskBuilder(g).build();
}

/// Calls `visit(root, through, same_index)` for each value a task reads from memory: `root` is the
/// node whose memory is read, `through` is the operand as the task sees it (a view, or `root`), and
/// `same_index` is true if element i is read only for element i of the task's results.
template <class Visit>
constexpr void for_each_read(const Graph& g, const Tasks& tasks, std::int32_t task_index,
                             Visit&& visit) {
  const Task& task = tasks.list[static_cast<std::size_t>(task_index)];
  if (task.kind == Task::Kind::copy) {
    visit(planning::storage_root(g, task.first_member), task.first_member, true);
    return;
  }
  // Plain pointers and no calls for what is usual: in the compiler, each call keeps memory.
  const Node* const nodes = &g.node(0);
  const char* const stored = tasks.stored.data();
  const std::int32_t* const task_of = tasks.task_of.data();
  const NodeId* const members = tasks.members.data() + task.first_member;
  for (std::int32_t m = 0; m < task.member_count; ++m) {
    const Node& node = nodes[members[m]];
    const OpKind kind = node.op->kind;
    const NodeId* const inputs = g.inputs_of(members[m]).data();
    for (std::int32_t i = 0; i < node.arity; ++i) {
      NodeId input = inputs[i];
      if (nodes[input].op->kind == OpKind::broadcast && kind != OpKind::compute &&
          (kind == OpKind::broadcast || stored[input] == 0))
        input = planning::load_root(g, input);
      NodeId root = input;
      if (nodes[root].op->kind == OpKind::view) root = planning::storage_root(g, root);
      if (task_of[root] == task_index) continue;
      if (kind != OpKind::compute && planning::is_scalar_leaf(nodes[root].op->kind)) continue;
      visit(root, input, kind != OpKind::compute && nodes[input].shape == node.shape);
    }
  }
}

}  // namespace foregraph
