#pragma once

#include <vector>

#include <foregraph/detail/planner/precedence.hpp>
#include <foregraph/detail/planner/task_memory.hpp>

namespace foregraph::planning {

/// Lowers the peak of `sequence`, a valid schedule under `precedence`, by moving single tasks
/// across the peak.
///
/// Two kinds of moves can help: a task before the peak can move behind it if all readers of its
/// results come later, and a task after the peak can move before it if its operands are computed
/// by then. The first move that lowers the peak is kept, and the search continues at the new peak.
/// It ends when no move helps, or after about 2^13 visits of a task and at most 32 trial moves,
/// because it also runs in the compiler. Deterministic, and never worse than the initial sequence.
constexpr void lower_peak(const Precedence& precedence, TaskMemory& memory,
                          DynamicArray<std::int32_t>& sequence) {
  const std::size_t count = sequence.size();
  if (count < 3) return;
  constexpr std::size_t most_looks = 1U << 13;
  std::size_t evaluations = most_looks / count < 32 ? most_looks / count : 32;
  TaskMemory::Peak best = memory.peak_of(sequence);

  const auto& after = precedence.after;
  DynamicArray<std::int32_t> position(count, 0);
  DynamicArray<std::int32_t> first_successor(count, 0);
  DynamicArray<std::int32_t> last_predecessor(count, 0);
  /// Moves the task at `from` before the one at `to`, and back again if this does not lower the
  /// peak.
  const auto try_move = [&](std::size_t from, std::size_t to) {
    // Moves the task at `old` to `place`, and those between by one.
    const auto move = [&](std::size_t old, std::size_t place) {
      const std::int32_t task = sequence[old];
      for (; old < place; ++old) sequence[old] = sequence[old + 1];
      for (; old > place; --old) sequence[old] = sequence[old - 1];
      sequence[place] = task;
    };
    const std::size_t place = from < to ? to - 1 : to;
    move(from, place);
    --evaluations;
    const TaskMemory::Peak peak = memory.peak_of(sequence);
    if (peak.bytes < best.bytes) {
      best = peak;
      return true;
    }
    move(place, from);
    return false;
  };
  bool improved = true;
  while (improved && evaluations > 0) {
    improved = false;
    for (std::size_t p = 0; p < count; ++p)
      position[static_cast<std::size_t>(sequence[p])] = static_cast<std::int32_t>(p);
    for (std::size_t t = 0; t < after.size(); ++t) last_predecessor[t] = -1;
    for (std::size_t t = 0; t < after.size(); ++t) {
      first_successor[t] = static_cast<std::int32_t>(count);
      for (const std::int32_t next : after[t]) {
        const auto n = static_cast<std::size_t>(next);
        if (position[n] < first_successor[t]) first_successor[t] = position[n];
        if (position[t] > last_predecessor[n]) last_predecessor[n] = position[t];
      }
    }
    const auto peak = static_cast<std::size_t>(best.position);
    for (std::size_t p = peak; p-- > 0 && !improved && evaluations > 0;) {
      const auto to =
          static_cast<std::size_t>(first_successor[static_cast<std::size_t>(sequence[p])]);
      if (to > peak) improved = try_move(p, to);
    }
    for (std::size_t p = peak + 1; p < count && !improved && evaluations > 0; ++p)
      if (last_predecessor[static_cast<std::size_t>(sequence[p])] < static_cast<std::int32_t>(peak))
        improved = try_move(p, peak);
  }
}

}  // namespace foregraph::planning
