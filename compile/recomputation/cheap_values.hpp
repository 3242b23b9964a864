#pragma once

#include <utility>

#include <foregraph/detail/compile/recomputation/cheap_choice.hpp>
#include <foregraph/detail/graph/passes/dead_nodes.hpp>
#include <foregraph/detail/graph/passes/expand.hpp>

namespace foregraph::passes {

namespace detail {

/// Builds the graph in which the readers of the backward pass read copies of the chosen values.
class CheapRewrite {
 public:
  constexpr CheapRewrite(const Graph& from, const planning::Sketch& sketch,
                         const CheapChoice& choice)
      : from_(from),
        sketch_(sketch),
        choice_(choice),
        to_(Graph::empty_like(from)),
        map_(static_cast<std::size_t>(from.size()), no_node),
        first_behind_(static_cast<std::size_t>(from.size()), no_node),
        next_behind_(static_cast<std::size_t>(from.size()), no_node),
        is_placed_(static_cast<std::size_t>(from.size()), 0),
        first_copy_(static_cast<std::size_t>(from.size()), -1) {}

  [[nodiscard]] constexpr Graph run() {
    find_places();
    DynamicArray<NodeId> operands;
    for (NodeId id = 0; id < from_.size(); ++id) {
      const std::int32_t reader = sketch_.tasks.task_of[index(id)];
      operands.clear();
      for (const NodeId input : from_.inputs_of(id)) {
        const NodeId value = value_behind(input);
        operands.push_back(reads_copy(reader, value) ? copy_of(input, number_for(value, reader))
                                                     : mapped(map_, input));
      }
      map_[index(id)] = to_.append_like(from_, id, operands).id;
      for (NodeId value = first_behind_[index(id)]; value != no_node;
           value = next_behind_[index(value)])
        copy_of(value, number_for(value, no_region));
    }
    map_interface(from_, map_, to_);
    return remove_dead_nodes(to_);
  }

 private:
  static constexpr std::int32_t no_region = -1;
  struct Copy {
    std::int32_t number = 0;
    NodeId id = no_node;
    std::int32_t next = -1;  ///< of the copies of one node
  };
  [[nodiscard]] static constexpr std::size_t index(std::int32_t i) {
    return static_cast<std::size_t>(i);
  }
  /// Returns the node whose value `id` shows through views and broadcasts that belong to no task.
  [[nodiscard]] constexpr NodeId value_behind(NodeId id) const {
    while (sketch_.tasks.task_of[index(id)] < 0 && from_.node(id).arity > 0)
      id = from_.inputs_of(id)[0];
    return id;
  }
  [[nodiscard]] constexpr bool reads_copy(std::int32_t reader, NodeId value) const {
    return reader >= 0 && choice_.is_late[index(reader)] != 0 &&
           choice_.is_chosen[index(value)] != 0 && sketch_.tasks.task_of[index(value)] != reader;
  }
  /// Finds places for copies in memory that an update reads, such as a product added to its weight.
  /// The optimizer's updates stand behind the whole backward pass in the graph, but run early.
  /// Their copies come behind the last node of the backward pass that reads the value they are
  /// computed from, whose place they can then take.
  constexpr void find_places() {
    DynamicArray<NodeId> last_reader(index(from_.size()), no_node);
    for (NodeId id = 0; id < from_.size(); ++id)
      if (from_.node(id).phase == Phase::backward)
        for (const NodeId input : from_.inputs_of(id))
          last_reader[index(planning::storage_root(from_, value_behind(input)))] = id;
    for (NodeId id = 0; id < from_.size(); ++id) {
      const std::int32_t reader = sketch_.tasks.task_of[index(id)];
      if (from_.node(id).phase != Phase::update) continue;
      for (const NodeId input : from_.inputs_of(id)) {
        const NodeId value = value_behind(input);
        if (!reads_copy(reader, value) || is_placed_[index(value)] != 0 ||
            number_for(value, reader) != number_for(value, no_region))
          continue;
        is_placed_[index(value)] = 1;
        NodeId place = last_reader[index(value)];
        const std::int32_t task = sketch_.tasks.task_of[index(value)];
        for (const NodeId member : sketch_.tasks.members_of(sketch_.tasks.list[index(task)]))
          for (const NodeId operand : from_.inputs_of(member)) {
            const NodeId root = planning::storage_root(from_, value_behind(operand));
            if (last_reader[index(root)] > place && from_.node(root).arity > 0)
              place = last_reader[index(root)];
          }
        if (place < value) continue;  // also no_node
        next_behind_[index(value)] = first_behind_[index(place)];
        first_behind_[index(place)] = value;
      }
    }
  }
  /// Returns the number of the recomputation of `value` that task `reader` reads. Values with equal
  /// numbers may be computed in one region.
  [[nodiscard]] constexpr std::int32_t number_for(NodeId value, std::int32_t reader) const {
    if (reader != no_region && choice_.is_for_each_region[index(value)] != 0 &&
        sketch_.tasks.list[index(reader)].kind == Task::Kind::region)
      return 1 + reader;
    return 1 + static_cast<std::int32_t>(sketch_.tasks.list.size()) + value;
  }
  constexpr NodeId copy_of(NodeId id, std::int32_t number) {
    for (std::int32_t c = first_copy_[index(id)]; c >= 0; c = copies_[index(c)].next)
      if (copies_[index(c)].number == number) return copies_[index(c)].id;
    DynamicArray<NodeId> operands;
    const std::int32_t task = sketch_.tasks.task_of[index(id)];
    for (const NodeId input : from_.inputs_of(id)) {
      const NodeId value = value_behind(input);
      const bool again = choice_.is_chosen[index(value)] != 0 ||
                         (task >= 0 && sketch_.tasks.task_of[index(value)] == task);
      operands.push_back(again ? copy_of(input, number) : mapped(map_, input));
    }
    const NodeId copy = to_.append_like(from_, id, operands, number).id;
    copies_.push_back({number, copy, first_copy_[index(id)]});
    first_copy_[index(id)] = static_cast<std::int32_t>(copies_.size()) - 1;
    return copy;
  }

  const Graph& from_;
  const planning::Sketch& sketch_;
  const CheapChoice& choice_;
  Graph to_;
  DynamicArray<NodeId> map_;
  DynamicArray<NodeId> first_behind_;  ///< by node: the first value whose copy is placed behind it
  DynamicArray<NodeId> next_behind_;   ///< by value: the next one placed there
  DynamicArray<char> is_placed_;       ///< by value
  DynamicArray<std::int32_t> first_copy_;  ///< by node: index into copies_, or -1
  DynamicArray<Copy> copies_{};
};

}  // namespace detail

/// A step in which values that cost little are recomputed.
struct CheapForm {
  Graph graph{};            ///< empty if nothing is gained
  std::int64_t values = 0;  ///< number of recomputed values
  std::int64_t bytes = 0;   ///< of them, at form_batch samples
};

/// The batch size at which recompute_cheap_values() decides, so that the form of a step, and with
/// it its results, do not depend on the batch size.
inline constexpr std::int64_t form_batch = 32;

/// Returns the step in which values kept from the forward to the backward pass, but cheap to make
/// from others that are alive there, are computed again where the backward pass reads them: results
/// of normalisations, activations, additions and pooling. Ops with an expansion are replaced by it
/// where an elementwise op reads them. The predicted time grows by at most `extra_time` of that of
/// `from` (see CheapChooser). The graph is empty if the peak would not be lower by a sixty-fourth.
/// Results are equal to rounding; the values themselves are computed by the same ops.
[[nodiscard]] constexpr CheapForm recompute_cheap_values(const Graph& from, double extra_time,
                                                         bool in_place = true) {
  CheapForm form;
  if (!planning::sizes_fit_64_bits(from, form_batch, 1)) return form;
  const planning::Sketch plain(from, form_batch, in_place);
  const double most_time = choose_cheap_values(from, plain, 0).time * (1 + extra_time);
  const auto try_form = [&](const Graph& g, const planning::Sketch& sketch) {
    constexpr std::int64_t least_share = 64;
    const CheapChoice choice = choose_cheap_values(g, sketch, most_time);
    if (choice.bytes < plain.peak.bytes / least_share || choice.bytes <= form.bytes) return;
    Graph cheap = detail::CheapRewrite(g, sketch, choice).run();
    const std::int64_t peak = planning::Sketch(cheap, form_batch, in_place).peak.bytes;
    if (peak > plain.peak.bytes - plain.peak.bytes / least_share) return;
    form = {std::move(cheap), choice.values, choice.bytes};
  };
  if (const Graph expanded = expand_into_regions(from); expanded.size() != from.size())
    try_form(expanded, planning::Sketch(expanded, form_batch, in_place));
  else
    try_form(from, plain);
  return form;
}

}  // namespace foregraph::passes
