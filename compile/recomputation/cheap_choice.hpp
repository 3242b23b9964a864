#pragma once

#include <cstdint>

#include <foregraph/detail/planner/sketch.hpp>

namespace foregraph::passes {

/// The values of a step that are recomputed where the backward pass reads them.
struct CheapChoice {
  DynamicArray<char> is_chosen{};           ///< by node
  DynamicArray<char> is_for_each_region{};  ///< by node: each region that reads it has its copy
  DynamicArray<char> is_late{};             ///< by task: runs after the forward pass
  std::int64_t values = 0;                  ///< number of chosen values
  std::int64_t bytes = 0;                   ///< of the chosen values
  double time = 0;                          ///< predicted, of the step with copies; in bytes moved
};

namespace detail {

/// Chooses the values for passes::recompute_cheap_values().
///
/// A value qualifies if it is kept from the forward to the backward pass, its task is a region or
/// an op of few FLOPs for each element, and the values it is computed from are small, or alive in
/// the backward pass in any case, or chosen themselves (a few in a row). The predicted time of a
/// task is that of moving the bytes it reads and writes, plus a byte for each four FLOPs: a core
/// with wide vector registers reaches some 120 GFLOP/s in convolutions and 30 GB/s in elementwise
/// ops. Values with the lowest time for their bytes are chosen first. O(nodes + edges).
class CheapChooser {
 public:
  constexpr CheapChooser(const Graph& g, const planning::Sketch& sketch)
      : g_(g), sketch_(sketch), values_(index(g.size())) {
    choice_.is_chosen.assign(index(g.size()), 0);
    choice_.is_for_each_region.assign(index(g.size()), 0);
    choice_.is_late.assign(sketch.tasks.list.size(), 0);
    nodes_ = g.size() > 0 ? &g.node(0) : nullptr;
    task_of_ = sketch.tasks.task_of.data();
    stored_ = sketch.tasks.stored.data();
    is_chosen_ = choice_.is_chosen.data();
    value_ = values_.data();
    find_uses();
    find_candidates();
  }

  /// Chooses values as long as the time of the whole step is at most `most_time`.
  [[nodiscard]] constexpr CheapChoice run(double most_time) {
    double left = most_time - time_;
    // Bytes moved for each byte saved, at most.
    constexpr double rounds[] = {1, 2, 3, 5, 8};
    for (const double most : rounds)
      for (const NodeId id : candidates_) consider(id, most, left);
    choice_.time = most_time - left;
    return std::move(choice_);
  }

 private:
  struct Value {
    double bytes = 0;
    double making = 0;  ///< time to make a copy in memory
    double fused = 0;   ///< time to compute it in a region that reads it
    std::int32_t first_use = -1;
    std::int32_t last_use = -1;
    std::int32_t first_late_use = -1;
    std::int32_t late_ops = 0;      ///< readers of the backward pass that are no regions
    std::int32_t late_regions = 0;  ///< and those that are
    std::int32_t depth = 0;
    bool is_operand = false;  ///< of a chosen value
    bool is_kept = false;
    bool is_elementwise = false;
  };
  [[nodiscard]] static constexpr std::size_t index(std::int32_t i) {
    return static_cast<std::size_t>(i);
  }
  static constexpr double flops_of_a_byte = 4;
  static constexpr std::int32_t deepest = 3;

  constexpr void find_uses() {
    const auto keep = [&](NodeId id) {
      if (id != no_node) value_[planning::storage_root(g_, id)].is_kept = true;
    };
    keep(g_.loss);
    for (const NodeId id : g_.outputs) keep(id);
    for (const Update& u : g_.updates) keep(u.value);
    for (NodeId id = 0; id < g_.size(); ++id)
      if (stored_[id] != 0 || nodes_[id].arity == 0)
        value_[id].bytes = static_cast<double>(planning::buffer_bytes(nodes_[id], sketch_.batch));
    for (std::size_t p = 0; p < sketch_.order.tasks.size(); ++p) {
      const std::int32_t t = sketch_.order.tasks[p];
      const Task& task = sketch_.tasks.list[index(t)];
      if (task.kind == Task::Kind::copy) continue;
      const auto position = static_cast<std::int32_t>(p);
      bool late = true;
      for (const NodeId id : sketch_.tasks.members_of(task)) {
        if (nodes_[id].phase == Phase::forward && nodes_[id].recomputation == 0) late = false;
        if (stored_[id] != 0) {
          time_ += value_[id].bytes;
          value_[id].first_use = position;
        }
        time_ +=
            static_cast<double>(planning::flops_of_node(g_, id, sketch_.batch)) / flops_of_a_byte;
      }
      choice_.is_late[index(t)] = late ? 1 : 0;
      for_each_read(g_, sketch_.tasks, t, [&](NodeId root, NodeId, bool) {
        Value& value = value_[root];
        if (value.last_use == position) return;
        value.last_use = position;
        time_ += value.bytes;
        if (!late) return;
        if (value.first_late_use < 0) value.first_late_use = position;
        ++(task.kind == Task::Kind::region ? value.late_regions : value.late_ops);
      });
    }
  }

  constexpr void find_candidates() {
    const double least = static_cast<double>(sketch_.peak.bytes) / 4096;
    for (NodeId id = 0; id < g_.size(); ++id) {
      const Value& value = value_[id];
      const bool is_late_enough =
          value.first_late_use < 0 || value.first_late_use > sketch_.peak.position;
      if (stored_[id] == 0 || value.is_kept || value.bytes < least ||
          nodes_[id].phase != Phase::forward || sketch_.order.bound_variable[index(id)] >= 0 ||
          value.first_use >= sketch_.peak.position || !is_late_enough)
        continue;
      candidates_.push_back(id);
    }
  }

  /// Chooses `id` if its copies take at most `most` bytes moved for each byte saved, and the time
  /// is left.
  constexpr void consider(NodeId id, double most, double& left) {
    Value& value = value_[id];
    if (is_chosen_[id] != 0 || value.is_operand || !find_recipe(id)) return;
    const bool is_saved = value.first_late_use >= 0;
    if (!is_saved) {  // free as long as no chosen value needs it
      is_chosen_[id] = 1;
      for (const NodeId operand : operands_) value_[operand].is_operand = true;
      return;
    }
    const double in_region = value.fused - value.bytes;
    const bool separate = value.is_elementwise && (value.late_ops == 0 || in_region <= 0);
    double time = value.late_ops > 0 || !separate ? value.making : 0;
    if (separate) time += value.late_regions * in_region;
    if (time > most * value.bytes || time > left) return;
    left -= time;
    is_chosen_[id] = 1;
    choice_.is_for_each_region[index(id)] = separate ? 1 : 0;
    ++choice_.values;
    choice_.bytes += static_cast<std::int64_t>(value.bytes);
    for (const NodeId operand : operands_) value_[operand].is_operand = true;
  }

  /// Sets the time of recomputing `id` and operands_ to the values it needs. Returns false if it
  /// does not qualify.
  constexpr bool find_recipe(NodeId id) {
    Value& value = value_[id];
    const std::int32_t task = task_of_[id];
    operands_.clear();
    members_.clear();
    members_.push_back(id);
    double flops = 0;
    value.is_elementwise = true;
    value.depth = 1;
    value.fused = 0;
    value.making = value.bytes;
    constexpr std::size_t most_members = 32;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      if (members_.size() > most_members) return false;
      const NodeId member = members_[m];
      const Node& node = nodes_[member];
      if (node.phase != Phase::forward || node.op->is_sum) return false;
      const auto work = static_cast<double>(planning::flops_of_node(g_, member, sketch_.batch));
      if (node.op->kind == OpKind::compute) {
        constexpr double most_flops = 8;  // for each element
        const auto elements = static_cast<double>(node.shape.elements().at(sketch_.batch));
        if (node.op->workspace_bytes != nullptr || work > most_flops * elements) return false;
        value.is_elementwise = false;
      }
      flops += work;
      for (NodeId input : g_.inputs_of(member)) {
        while (task_of_[input] < 0 && nodes_[input].arity > 0) input = g_.inputs_of(input)[0];
        DynamicArray<NodeId>& list = task_of_[input] == task ? members_ : operands_;
        bool known = false;
        for (const NodeId other : list) known = known || other == input;
        if (!known) list.push_back(input);
      }
    }
    for (const NodeId operand : operands_) {
      const Value& other = value_[operand];
      if (is_chosen_[operand] != 0) {
        const std::int32_t depth = other.depth + (other.first_late_use >= 0 ? 1 : 0);
        if (depth > deepest) return false;
        value.depth = value.depth > depth ? value.depth : depth;
        value.is_elementwise = value.is_elementwise && other.is_elementwise;
        value.fused += other.fused;
        value.making += other.making + other.bytes;
        continue;
      }
      const bool is_leaf = task_of_[operand] < 0;
      constexpr double small = 16;
      if (!is_leaf && other.bytes * small > value.bytes && other.last_use <= sketch_.peak.position)
        return false;
      value.fused += other.bytes;
      value.making += other.bytes;
    }
    flops /= flops_of_a_byte;
    value.fused += flops;
    value.making = value.is_elementwise ? value.fused + value.bytes : value.making + flops;
    return true;
  }

  const Graph& g_;
  const planning::Sketch& sketch_;
  CheapChoice choice_{};
  DynamicArray<Value> values_;
  DynamicArray<NodeId> candidates_{};
  DynamicArray<NodeId> members_{};
  DynamicArray<NodeId> operands_{};
  double time_ = 0;  ///< of the step
  // The elements of lists by node. In the compiler, each operator[] call costs as much as using its
  // result.
  const Node* nodes_ = nullptr;
  const std::int32_t* task_of_ = nullptr;
  const char* stored_ = nullptr;
  char* is_chosen_ = nullptr;
  Value* value_ = nullptr;
};

}  // namespace detail

/// Returns the values of a step that can be recomputed if the step may take `most_time`, in bytes
/// moved. With zero, none: the result is then the predicted time of the step.
[[nodiscard]] constexpr CheapChoice choose_cheap_values(const Graph& step,
                                                        const planning::Sketch& sketch,
                                                        double most_time) {
  return detail::CheapChooser(step, sketch).run(most_time);
}

}  // namespace foregraph::passes
