#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <foregraph/detail/graph/access.hpp>
#include <foregraph/detail/planner/tasks/tasks.hpp>

namespace foregraph {

/// One value of a fused region: loaded from memory, a scalar, computed from earlier values, or the
/// sums of one of them, which have fewer elements and are complete once the whole region has run.
struct RegionValue {
  enum class Kind : std::uint8_t { load, immediate, apply, sum };
  Kind kind = Kind::load;
  LoadPattern pattern = LoadPattern::contiguous;
  /// The node whose memory is read (load), the scalar leaf (immediate) or the computed node.
  NodeId node = no_node;
  Dim inner{1};    ///< parameter of the patterns row and column, of loads and sums
  Shape source{};  ///< load: the operand's shape before broadcasting
  const OpDef* op = nullptr;
  std::array<std::int32_t, 4> operands{};  ///< apply and sum: indices of values
  int arity = 0;
  bool is_truth = false;       ///< one byte per element in memory
  NodeId stored_as = no_node;  ///< the node in whose memory the value is stored, if any
};

/// A fused region as straight-line code that computes out[i] for all i of `shape` and for each
/// stored value, and sums of some values. Programs built at run time interpret it tile by tile;
/// programs built in the compiler are compiled from it.
struct RegionCode {
  Shape shape{};
  DType dtype = f32;  ///< of the computation; boolean only if the region just copies booleans
  std::vector<RegionValue> values{};
};

/// Returns the code of region `task_index`. O(members * arity) if distinct loads are few.
[[nodiscard]] constexpr RegionCode region_code(const Graph& g, const Tasks& tasks,
                                               std::int32_t task_index) {
  const auto members = tasks.members_of(tasks.list[static_cast<std::size_t>(task_index)]);
  RegionCode code;
  code.shape = g.node(members[0]).shape;
  code.dtype = planning::compute_dtype(g, members[0]);

  struct Known {
    NodeId operand;
    std::int32_t value;
  };
  std::vector<Known> known;  // few, so linear search
  const auto value_of = [&](NodeId operand) -> std::int32_t {
    for (const Known& k : known)
      if (k.operand == operand) return k.value;
    return -1;
  };
  const auto add = [&](NodeId operand, const RegionValue& value) {
    code.values.push_back(value);
    known.push_back({operand, static_cast<std::int32_t>(code.values.size()) - 1});
    return known.back().value;
  };
  // Returns the value of an operand, appended if it is new.
  const auto use = [&](NodeId operand, bool see_through) -> std::int32_t {
    if (see_through) operand = planning::load_root(g, operand);
    if (const std::int32_t v = value_of(operand); v >= 0) return v;
    RegionValue value;
    const NodeId root = planning::storage_root(g, operand);
    value.node = planning::first_byte_of(g, operand);
    value.is_truth = g.node(root).dtype == boolean;
    if (planning::is_scalar_leaf(g.node(root).op->kind)) {
      value.kind = RegionValue::Kind::immediate;
      value.is_truth = false;
    } else {
      value.source = g.node(operand).shape;
      const planning::Access access = planning::access_of(value.source, code.shape);
      value.pattern = access.pattern;
      value.inner = access.inner;
    }
    return add(operand, value);
  };

  for (const NodeId id : members) {
    const Node& node = g.node(id);
    if (node.op->kind == OpKind::compute) {
      if (tasks.stored[static_cast<std::size_t>(id)] == 0) continue;  // nobody reads the sum
      const NodeId operand = g.inputs_of(id)[0];
      const planning::Access access =
          planning::access_of_sum(g.node(operand).shape, node.attributes.integers[0]);
      RegionValue value;
      value.kind = RegionValue::Kind::sum;
      value.pattern = access.pattern;
      value.inner = access.inner;
      value.node = id;
      value.operands[0] = value_of(operand);
      value.arity = 1;
      value.stored_as = id;
      code.values.push_back(value);
      continue;
    }
    if (node.op->kind != OpKind::elementwise) {
      // A broadcast or scalar that must be materialised is a load or immediate that is stored.
      RegionValue value;
      value.kind = RegionValue::Kind::immediate;
      value.node = id;
      if (node.op->kind == OpKind::broadcast) {
        const NodeId source = planning::load_root(g, g.inputs_of(id)[0]);
        const std::int32_t loaded = use(source, false);
        value = code.values[static_cast<std::size_t>(loaded)];
      }
      value.stored_as = id;
      value.is_truth = node.dtype == boolean;
      code.values.push_back(value);
      known.push_back({id, static_cast<std::int32_t>(code.values.size()) - 1});
      continue;
    }
    RegionValue value;
    value.kind = RegionValue::Kind::apply;
    value.node = id;
    value.op = node.op;
    value.arity = node.arity;
    value.is_truth = node.dtype == boolean;
    if (tasks.stored[static_cast<std::size_t>(id)] != 0) value.stored_as = id;
    for (int i = 0; i < node.arity; ++i) {
      const NodeId operand = g.inputs_of(id)[static_cast<std::size_t>(i)];
      value.operands[static_cast<std::size_t>(i)] =
          use(operand, tasks.stored[static_cast<std::size_t>(operand)] == 0);
    }
    add(id, value);
  }
  return code;
}

}  // namespace foregraph
