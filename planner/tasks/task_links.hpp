#pragma once

#include <vector>

#include <foregraph/detail/planner/tasks/precedence.hpp>
#include <foregraph/detail/planner/tasks/task_memory.hpp>

namespace foregraph::planning {

/// Lists of numbers by index, in one array: item i's are at [begin[i], begin[i + 1]).
struct ListsByIndex {
  DynamicArray<std::int32_t> begin{};
  DynamicArray<std::int32_t> items{};

  [[nodiscard]] constexpr ArrayView<std::int32_t> of(std::int32_t i) const {
    const std::int32_t* const from = begin.data() + i;
    return {items.data() + from[0], static_cast<std::size_t>(from[1] - from[0])};
  }
};

/// The tasks as a graph that is read in both directions: neighbours of tasks, and makers and
/// readers of the values in memory.
struct TaskLinks {
  const Precedence& precedence;
  std::size_t count;                      ///< number of tasks
  ListsByIndex before{};                  ///< by task: the tasks it must run after
  DynamicArray<NodeId> values{};          ///< the values in memory
  DynamicArray<std::int32_t> makers{};    ///< by value: the task that computes it
  ListsByIndex readers{};                 ///< by value: the tasks that read it
  DynamicArray<std::int32_t> value_of{};  ///< by node: index into `values`, or -1

  constexpr TaskLinks(const Precedence& p, const TaskMemory& memory)
      : precedence(p), count(p.after.size()) {
    list_neighbours();
    list_readers(memory);
  }
  [[nodiscard]] constexpr const DynamicArray<std::int32_t>& after(std::int32_t task) const {
    return precedence.after[static_cast<std::size_t>(task)];
  }

 private:
  [[nodiscard]] static constexpr std::size_t index(std::int32_t i) {
    return static_cast<std::size_t>(i);
  }
  constexpr void list_neighbours() {
    before.begin.assign(count + 1, 0);
    std::size_t edges = 0;
    for (std::size_t t = 0; t < count; ++t) {
      edges += after(static_cast<std::int32_t>(t)).size();
      for (const std::int32_t next : after(static_cast<std::int32_t>(t)))
        ++before.begin[index(next) + 1];
    }
    for (std::size_t t = 0; t < count; ++t) before.begin[t + 1] += before.begin[t];
    before.items.assign(edges, 0);
    DynamicArray<std::int32_t> filled = before.begin;
    for (std::size_t t = 0; t < count; ++t)
      for (const std::int32_t next : after(static_cast<std::int32_t>(t)))
        before.items[index(filled[index(next)]++)] = static_cast<std::int32_t>(t);
  }

  constexpr void list_readers(const TaskMemory& memory) {
    value_of.assign(memory.node_count(), -1);
    for (std::size_t t = 0; t < count; ++t)
      for (const TaskMemory::Make& make : memory.makes_of(static_cast<std::int32_t>(t))) {
        value_of[index(make.node)] = static_cast<std::int32_t>(values.size());
        values.push_back(make.node);
        makers.push_back(static_cast<std::int32_t>(t));
      }
    readers.begin.assign(values.size() + 1, 0);
    for (std::size_t t = 0; t < count; ++t)
      for (const NodeId id : memory.reads_of(static_cast<std::int32_t>(t)))
        ++readers.begin[index(value_of[index(id)]) + 1];
    for (std::size_t v = 0; v < values.size(); ++v) readers.begin[v + 1] += readers.begin[v];
    readers.items.assign(index(readers.begin.back()), 0);
    DynamicArray<std::int32_t> filled = readers.begin;
    for (std::size_t t = 0; t < count; ++t)
      for (const NodeId id : memory.reads_of(static_cast<std::int32_t>(t)))
        readers.items[index(filled[index(value_of[index(id)])]++)] = static_cast<std::int32_t>(t);
  }
};

}  // namespace foregraph::planning
