#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/graph/graph.hpp>

namespace foregraph {

/// One kernel call of the step: a fused region of elementwise nodes, a single op, or a copy of a
/// finished value into its variable.
struct Task {
  enum class Kind : std::uint8_t { region, op, copy };
  Kind kind = Kind::op;
  std::int32_t first_member = 0;  ///< into Tasks::members; for a copy the value's node
  std::int32_t member_count = 0;
  std::int32_t variable = -1;  ///< for a copy: the index of the variable written
};

/// The nodes of a graph that need work, grouped into tasks. Leaves, views, and broadcasts that are
/// only loaded by regions belong to no task.
struct Tasks {
  std::vector<Task> list{};
  std::vector<NodeId> members{};        ///< each task's nodes, in topological order
  std::vector<std::int32_t> task_of{};  ///< by node; -1 for nodes without a task
  std::vector<char> stored{};           ///< by node: its value must exist in memory

  [[nodiscard]] constexpr std::span<const NodeId> members_of(const Task& task) const {
    return {members.data() + task.first_member, static_cast<std::size_t>(task.member_count)};
  }
};

namespace planning {

/// The node whose memory `id` shows: itself, or what it is a view of.
[[nodiscard]] constexpr NodeId storage_root(const Graph& g, NodeId id) {
  while (g.node(id).op->kind == OpKind::view) id = g.inputs_of(id)[0];
  return id;
}

/// The node a region loads when it uses `id`: broadcasts are only a way of loading.
[[nodiscard]] constexpr NodeId load_root(const Graph& g, NodeId id) {
  while (g.node(id).op->kind == OpKind::broadcast) id = g.inputs_of(id)[0];
  return id;
}

[[nodiscard]] constexpr bool is_scalar_leaf(OpKind kind) {
  return kind == OpKind::constant || kind == OpKind::setting || kind == OpKind::extent;
}

/// The dtype a region computes in; truth values join the dtype of the numbers they are used with.
[[nodiscard]] constexpr DType compute_dtype(const Graph& g, NodeId id) {
  if (g.node(id).dtype != boolean) return g.node(id).dtype;
  for (const NodeId input : g.inputs_of(id))
    if (g.node(input).dtype != boolean) return g.node(input).dtype;
  return g.node(id).dtype;
}

}  // namespace planning

/// Groups the nodes of `g` into tasks.
///
/// Elementwise nodes of one shape and compute dtype are fused greedily in topological order: a
/// node joins the region of one of its operands if every other operand is complete before that
/// region starts. "Before" is decided by levels (a task's level is one more than the highest
/// level it reads): operands of a lower level cannot depend on the region. If nothing outside
/// reads the region yet, its level may still be raised. Regions that meet in one node become one
/// if they can have the same level, since then neither depends on the other; so the two halves of
/// an Adam update read the gradient once. Nearly O(nodes + edges), by union-find.
[[nodiscard]] constexpr Tasks form_tasks(const Graph& g) {
  const auto count = static_cast<std::size_t>(g.size());
  Tasks tasks;
  tasks.task_of.assign(count, -1);
  tasks.stored.assign(count, 0);

  // Broadcasts and scalars that someone other than a region reads have to be materialised.
  std::vector<char> materialised(count, 0);
  const auto needs_memory = [&](NodeId id) {
    if (id == no_node) return;
    materialised[static_cast<std::size_t>(planning::storage_root(g, id))] = 1;
  };
  for (NodeId id = 0; id < g.size(); ++id) {
    const OpKind kind = g.node(id).op->kind;
    if (kind == OpKind::compute || kind == OpKind::view)
      for (const NodeId input : g.inputs_of(id)) needs_memory(input);
  }
  needs_memory(g.loss);
  for (const NodeId id : g.outputs) needs_memory(id);
  for (const Update& u : g.updates) needs_memory(u.value);

  struct Region {
    std::int32_t level = 0;
    bool read_outside = false;
    bool is_region = false;
    Shape shape{};
    DType dtype = f32;
    std::int32_t merged_into = -1;
  };
  std::vector<Region> regions;
  const auto find = [&](std::int32_t region) {
    while (region >= 0 && regions[static_cast<std::size_t>(region)].merged_into >= 0)
      region = regions[static_cast<std::size_t>(region)].merged_into;
    return region;
  };
  std::vector<NodeId> order;
  const auto level_of = [&](NodeId id) -> std::int32_t {
    const NodeId root = planning::storage_root(g, id);
    const std::int32_t task = find(tasks.task_of[static_cast<std::size_t>(root)]);
    return task < 0 ? 0 : regions[static_cast<std::size_t>(task)].level;
  };
  const auto task_at = [&](NodeId id) {
    return find(tasks.task_of[static_cast<std::size_t>(planning::storage_root(g, id))]);
  };
  std::vector<NodeId> loads;
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& node = g.node(id);
    const OpKind kind = node.op->kind;
    const bool copy = (kind == OpKind::broadcast || planning::is_scalar_leaf(kind)) &&
                      materialised[static_cast<std::size_t>(id)] != 0;
    if (kind != OpKind::elementwise && kind != OpKind::compute && !copy) continue;

    loads.clear();
    if (kind == OpKind::broadcast) {
      loads.push_back(planning::load_root(g, g.inputs_of(id)[0]));
    } else if (kind == OpKind::elementwise) {
      for (const NodeId input : g.inputs_of(id))
        loads.push_back(materialised[static_cast<std::size_t>(input)] != 0
                            ? input
                            : planning::load_root(g, input));
    } else {
      for (const NodeId input : g.inputs_of(id)) loads.push_back(input);
    }

    std::int32_t joined = -1;
    const DType dtype = planning::compute_dtype(g, id);
    const auto fits = [&](NodeId load) {
      const std::int32_t candidate = find(tasks.task_of[static_cast<std::size_t>(load)]);
      if (candidate < 0 || g.node(load).shape != node.shape) return std::int32_t{-1};
      const Region& region = regions[static_cast<std::size_t>(candidate)];
      return region.is_region && region.shape == node.shape && region.dtype == dtype
                 ? candidate
                 : std::int32_t{-1};
    };
    if (kind == OpKind::elementwise) {
      std::int32_t first = -1;
      for (const NodeId load : loads) {
        const std::int32_t other = fits(load);
        if (other < 0 || other == first) continue;
        if (first < 0) {
          first = other;
          continue;
        }
        Region& a = regions[static_cast<std::size_t>(first)];
        Region& b = regions[static_cast<std::size_t>(other)];
        const std::int32_t level = a.level > b.level ? a.level : b.level;
        if ((a.level < level && a.read_outside) || (b.level < level && b.read_outside)) continue;
        a.level = level;
        a.read_outside = a.read_outside || b.read_outside;
        b.merged_into = first;
      }
      for (const NodeId load : loads) {
        const std::int32_t candidate = find(tasks.task_of[static_cast<std::size_t>(load)]);
        if (fits(load) < 0) continue;
        Region& region = regions[static_cast<std::size_t>(candidate)];
        std::int32_t needed = region.level;
        bool self_through_memory = false;
        for (const NodeId other : loads) {
          if (find(tasks.task_of[static_cast<std::size_t>(other)]) == candidate &&
              g.node(other).shape == node.shape)
            continue;
          if (task_at(other) == candidate) self_through_memory = true;
          if (level_of(other) + 1 > needed) needed = level_of(other) + 1;
        }
        if (self_through_memory || (needed > region.level && region.read_outside)) continue;
        region.level = needed;
        joined = candidate;
        break;
      }
    }
    if (joined < 0) {
      joined = static_cast<std::int32_t>(regions.size());
      Region region;
      region.is_region = kind != OpKind::compute;
      region.shape = node.shape;
      region.dtype = dtype;
      for (const NodeId load : loads)
        if (level_of(load) + 1 > region.level) region.level = level_of(load) + 1;
      regions.push_back(region);
    }
    tasks.task_of[static_cast<std::size_t>(id)] = joined;
    order.push_back(id);
    for (const NodeId load : loads) {
      const NodeId root = planning::storage_root(g, load);
      const std::int32_t from = find(tasks.task_of[static_cast<std::size_t>(root)]);
      if (from >= 0 && from != joined) {
        regions[static_cast<std::size_t>(from)].read_outside = true;
        tasks.stored[static_cast<std::size_t>(root)] = 1;
      }
    }
  }
  // Number the tasks that are left.
  std::vector<std::int32_t> number(regions.size(), -1);
  std::vector<char> is_region;
  for (std::size_t r = 0; r < regions.size(); ++r) {
    if (regions[r].merged_into >= 0) continue;
    number[r] = static_cast<std::int32_t>(is_region.size());
    is_region.push_back(regions[r].is_region ? 1 : 0);
  }
  for (std::int32_t& task : tasks.task_of)
    if (task >= 0) task = number[static_cast<std::size_t>(find(task))];
  for (NodeId id = 0; id < g.size(); ++id) {
    // A region's value that is read through a view, or kept, has to be in memory as well.
    const auto i = static_cast<std::size_t>(id);
    if (tasks.task_of[i] >= 0 &&
        (materialised[i] != 0 || is_region[static_cast<std::size_t>(tasks.task_of[i])] == 0))
      tasks.stored[i] = 1;
  }

  // Members of each task side by side, in topological order.
  tasks.list.resize(is_region.size());
  for (const NodeId id : order)
    ++tasks.list[static_cast<std::size_t>(tasks.task_of[static_cast<std::size_t>(id)])]
          .member_count;
  std::int32_t next = 0;
  for (std::size_t t = 0; t < is_region.size(); ++t) {
    Task& task = tasks.list[t];
    task.kind = is_region[t] != 0 ? Task::Kind::region : Task::Kind::op;
    task.first_member = next;
    next += task.member_count;
    task.member_count = 0;
  }
  tasks.members.assign(order.size(), no_node);  // clang 14 rejects resize() here
  for (const NodeId id : order) {
    Task& task = tasks.list[static_cast<std::size_t>(tasks.task_of[static_cast<std::size_t>(id)])];
    tasks.members[static_cast<std::size_t>(task.first_member + task.member_count++)] = id;
  }
  return tasks;
}

/// Calls `visit(root, through)` for each value a task reads from memory: `root` is the node whose
/// memory is read, `through` the operand as the task sees it (a view, or the same node), and
/// `same_index` tells that element i is only read for element i of the task's results.
template <class Visit>
constexpr void for_each_read(const Graph& g, const Tasks& tasks, std::int32_t task_index,
                             Visit&& visit) {
  const Task& task = tasks.list[static_cast<std::size_t>(task_index)];
  if (task.kind == Task::Kind::copy) {
    visit(planning::storage_root(g, task.first_member), task.first_member, true);
    return;
  }
  for (const NodeId id : tasks.members_of(task)) {
    const OpKind kind = g.node(id).op->kind;
    for (NodeId input : g.inputs_of(id)) {
      if (kind != OpKind::compute &&
          (kind == OpKind::broadcast || tasks.stored[static_cast<std::size_t>(input)] == 0))
        input = planning::load_root(g, input);
      const NodeId root = planning::storage_root(g, input);
      if (planning::is_scalar_leaf(g.node(root).op->kind) && kind != OpKind::compute) continue;
      if (tasks.task_of[static_cast<std::size_t>(root)] == task_index) continue;
      visit(root, input, kind != OpKind::compute && g.node(input).shape == g.node(id).shape);
    }
  }
}

}  // namespace foregraph
