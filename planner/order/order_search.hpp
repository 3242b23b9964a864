#pragma once

#include <vector>

#include <foregraph/detail/base/sorting.hpp>
#include <foregraph/detail/planner/tasks/task_links.hpp>

namespace foregraph::planning {

/// Lowers the peak of a schedule by moving groups of tasks across it.
///
/// A value that is alive at the peak need not be if its producer can run later, together with all
/// tasks up to the peak that depend on it, or if its readers after the peak can run before,
/// together with all tasks from the peak on that they depend on. Each such group is tried right
/// beside the peak and as far from it as its other neighbours allow. The first move that gives a
/// lower peak than any before is made; if there is none, the move with the lowest peak, even if it
/// is higher than before, except of values moved a few steps ago (tabu search, Glover, 1989). A
/// move is evaluated only between the positions that change. Deterministic. The search ends after
/// about `most_looks` visits of a task.
class OrderSearch {
 public:
  constexpr OrderSearch(const TaskLinks& links, TaskMemory& memory)
      : links_(links), memory_(memory), count_(links.count) {
    position_.assign(count_, 0);
    mark_.assign(count_, 0);
    part_.assign(count_, 0);
    next_part_.assign(count_, 0);
    prefix_.assign(count_ + 1, {});
    suffix_.assign(count_ + 1, {});
  }

  /// Replaces `sequence` by the best schedule found, and returns its peak. Values of fewer than
  /// `least_bytes` are not moved. Ends early if `good_enough`(schedule, peak) returns true.
  template <class GoodEnough>
  constexpr TaskMemory::Peak run(DynamicArray<std::int32_t>& sequence, std::int64_t least_bytes,
                                 std::int64_t most_looks, const GoodEnough& good_enough) {
    looks_left_ = most_looks;
    least_bytes_ = least_bytes;
    sequence_ = sequence;
    TaskMemory::Peak best = enter();
    tabu_until_.assign(2 * links_.values.size(), 0);
    std::int32_t last_success = 0;
    for (std::int32_t step = 1; looks_left_ > 0 && count_ > 2; ++step) {
      if (step > last_success + most_steps_without_success) break;
      const Move move = choose(best, step);
      if (move.value < 0) break;
      make(move);
      constexpr std::int32_t steps_of_rest = 12;
      tabu_until_[2 * index(move.value)] = step + steps_of_rest;
      tabu_until_[2 * index(move.value) + 1] = step + steps_of_rest;
      const TaskMemory::Peak now = enter();
      if (!(now < best)) continue;
      const bool lower = now.bytes < best.bytes;
      last_success = step;
      best = now;
      sequence = sequence_;
      if (!lower) continue;
      if (good_enough(sequence, best)) break;
    }
    return best;
  }

 private:
  static constexpr std::int32_t most_steps_without_success = 16;
  /// The tasks at positions [first, end) take the order of next_part_.
  struct Move {
    std::int32_t value = -1;  ///< index into TaskLinks::values
    std::int32_t first = 0;
    std::int32_t end = 0;
    TaskMemory::Peak peak{};
  };
  struct Candidate {
    std::int64_t change = 0;  ///< of the bytes alive at the peak
    std::int32_t value = 0;
    bool later = false;  ///< its producer moves behind the peak, else its readers before it
  };

  [[nodiscard]] static constexpr std::size_t index(std::int32_t i) {
    return static_cast<std::size_t>(i);
  }

  /// Enters sequence_ as the schedule to move from and returns its peak.
  constexpr TaskMemory::Peak enter() {
    for (std::size_t p = 0; p < count_; ++p)
      position_[index(sequence_[p])] = static_cast<std::int32_t>(p);
    const TaskMemory::Peak peak = memory_.peak_of(sequence_, alive_, heights_);
    prefix_[0] = {};
    for (std::size_t p = 0; p < count_; ++p) {
      prefix_[p + 1] = prefix_[p];
      prefix_[p + 1].add({heights_[p], static_cast<std::int32_t>(p), 1});
    }
    suffix_[count_] = {};
    for (std::size_t p = count_; p-- > 0;) {
      suffix_[p] = {heights_[p], static_cast<std::int32_t>(p), 1};
      suffix_[p].add(suffix_[p + 1]);
    }
    looks_left_ -= static_cast<std::int64_t>(count_);
    peak_ = peak;
    return peak;
  }

  /// Marks the tasks that every order runs before or after the one at the peak.
  constexpr void relate_to_peak() {
    bound_.assign(count_, 0);
    for (int direction = 0; direction < 2; ++direction) {
      group_.clear();
      group_.push_back(sequence_[index(peak_.position)]);
      for (std::size_t i = 0; i < group_.size(); ++i) {
        const auto visit = [&](std::int32_t task) {
          if (bound_[index(task)] != 0) return;
          bound_[index(task)] = direction == 0 ? before_peak : after_peak;
          group_.push_back(task);
        };
        if (direction == 0) {
          for (const std::int32_t task : links_.before.of(group_[i])) visit(task);
        } else {
          for (const std::int32_t task : links_.after(group_[i])) visit(task);
        }
      }
    }
    looks_left_ -= static_cast<std::int64_t>(2 * count_ + 2 * links_.values.size());
  }

  /// Lists the moves of values alive at the peak that leave fewer bytes alive there, best first.
  constexpr void list_candidates() {
    relate_to_peak();
    last_use_.assign(links_.values.size(), 0);
    for (std::size_t v = 0; v < links_.values.size(); ++v) {
      std::int32_t last = position_[index(links_.makers[v])];
      for (const std::int32_t reader : links_.readers.of(static_cast<std::int32_t>(v)))
        if (position_[index(reader)] > last) last = position_[index(reader)];
      if (memory_.is_kept(links_.values[v])) last = static_cast<std::int32_t>(count_);
      last_use_[v] = last;
    }
    candidates_.clear();
    for (std::size_t v = 0; v < links_.values.size(); ++v) {
      const std::int32_t first = position_[index(links_.makers[v])];
      if (first > peak_.position || last_use_[v] < peak_.position) continue;
      if (memory_.bytes_of(links_.values[v]) < least_bytes_) continue;
      const auto value = static_cast<std::int32_t>(v);
      if (bound_[index(links_.makers[v])] == 0) consider({0, value, true});
      if (last_use_[v] > peak_.position && last_use_[v] < static_cast<std::int32_t>(count_)) {
        bool movable = true;
        for (const std::int32_t reader : links_.readers.of(value))
          movable = movable && (position_[index(reader)] <= peak_.position ||
                                bound_[index(reader)] != after_peak);
        if (movable) consider({0, value, false});
      }
    }
    sort_by(candidates_.data(), candidates_.size(),
            [](const Candidate& a, const Candidate& b) { return a.change < b.change; });
  }
  constexpr void consider(Candidate candidate) {
    gather(candidate);
    candidate.change = candidate.later ? change_by_later_group() : change_by_earlier_group();
    if (candidate.change < 0) candidates_.push_back(candidate);
  }

  /// Adds `task` to the group if it is not in it.
  constexpr void add_to_group(std::int32_t task) {
    if (mark_[index(task)] == stamp_) return;
    mark_[index(task)] = stamp_;
    group_.push_back(task);
  }
  /// Sets group_ to the tasks that must move for `candidate`.
  constexpr void gather(const Candidate& candidate) {
    ++stamp_;
    group_.clear();
    if (candidate.later) {
      add_to_group(links_.makers[index(candidate.value)]);
      for (std::size_t i = 0; i < group_.size(); ++i)
        for (const std::int32_t next : links_.after(group_[i]))
          if (position_[index(next)] < peak_.position) add_to_group(next);
    } else {
      for (const std::int32_t reader : links_.readers.of(candidate.value))
        if (position_[index(reader)] > peak_.position) add_to_group(reader);
      for (std::size_t i = 0; i < group_.size(); ++i)
        for (const std::int32_t task : links_.before.of(group_[i]))
          if (position_[index(task)] > peak_.position) add_to_group(task);
    }
    looks_left_ -= static_cast<std::int64_t>(group_.size());
  }
  /// Returns the bytes that are alive at the peak in addition, or -1 times those that no longer
  /// are, if the group runs behind the peak.
  [[nodiscard]] constexpr std::int64_t change_by_later_group() const {
    std::int64_t change = 0;
    for (const std::int32_t task : group_) {
      for (const TaskMemory::Make& made : memory_.makes_of(task))
        if (last_use_[index(links_.value_of[index(made.node)])] >= peak_.position)
          change -= memory_.bytes_of(made.node);
      for (const NodeId id : memory_.reads_of(task)) {
        const std::int32_t v = links_.value_of[index(id)];
        if (last_use_[index(v)] < peak_.position && counts_for(v, task))
          change += memory_.bytes_of(id);
      }
    }
    return change;
  }
  /// As above, if the group runs before the peak.
  [[nodiscard]] constexpr std::int64_t change_by_earlier_group() const {
    std::int64_t change = 0;
    for (const std::int32_t task : group_) {
      for (const TaskMemory::Make& made : memory_.makes_of(task)) {
        const std::int32_t v = links_.value_of[index(made.node)];
        bool needed = memory_.is_kept(made.node);
        for (const std::int32_t reader : links_.readers.of(v))
          needed = needed || mark_[index(reader)] != stamp_;
        if (needed) change += memory_.bytes_of(made.node);
      }
      for (const NodeId id : memory_.reads_of(task)) {
        const std::int32_t v = links_.value_of[index(id)];
        if (!counts_for(v, task) || memory_.is_kept(id)) continue;
        bool needed = false;
        for (const std::int32_t reader : links_.readers.of(v))
          needed = needed ||
                   (mark_[index(reader)] != stamp_ && position_[index(reader)] > peak_.position);
        if (!needed) change -= memory_.bytes_of(id);
      }
    }
    return change;
  }
  /// Returns true if value `v` comes from outside the group and `task` is its first reader there.
  [[nodiscard]] constexpr bool counts_for(std::int32_t v, std::int32_t task) const {
    if (mark_[index(links_.makers[index(v)])] == stamp_) return false;
    for (const std::int32_t reader : links_.readers.of(v))
      if (mark_[index(reader)] == stamp_) return reader == task;
    return false;
  }
  /// Returns the position of the nearest task that the group must stay before, or after.
  [[nodiscard]] constexpr std::int32_t farthest(bool later) const {
    std::int32_t far = later ? static_cast<std::int32_t>(count_) : -1;
    for (const std::int32_t task : group_) {
      if (later) {
        for (const std::int32_t next : links_.after(task))
          if (mark_[index(next)] != stamp_ && position_[index(next)] < far)
            far = position_[index(next)];
      } else {
        for (const std::int32_t previous : links_.before.of(task))
          if (mark_[index(previous)] != stamp_ && position_[index(previous)] > far)
            far = position_[index(previous)];
      }
    }
    return far;
  }

  /// Returns the move of the group to position `to`: before the task there, or, if `later`, behind
  /// the task before it. Sets part_. Its peak is exact if it is below `limit`.
  constexpr Move try_move(const Candidate& candidate, std::int32_t to,
                          const TaskMemory::Peak& limit) {
    Move move{candidate.value, to, to};
    for (const std::int32_t task : group_) {
      const std::int32_t p = position_[index(task)];
      if (p < move.first) move.first = p;
      if (p >= move.end) move.end = p + 1;
    }
    move.peak = prefix_[index(move.first)];
    move.peak.add(suffix_[index(move.end)]);
    if (!(move.peak < limit)) return move;
    const std::int32_t* const tasks = sequence_.data();
    std::int32_t* part = part_.data();
    for (int turn = 0; turn < 2; ++turn) {
      const bool of_group = (turn == 0) != candidate.later;
      for (std::int32_t p = move.first; p < move.end; ++p)
        if ((mark_[index(tasks[p])] == stamp_) == of_group) *part++ = tasks[p];
    }
    const TaskMemory::Peak inside = memory_.peak_of_part(part_.data(), move.first, move.end,
                                                         alive_[index(move.first)], limit.bytes);
    memory_.enter_part(tasks + move.first, move.first, move.end);
    looks_left_ -= move.end - move.first;
    move.peak = prefix_[index(move.first)];
    move.peak.add(inside);
    move.peak.add(suffix_[index(move.end)]);
    return move;
  }

  /// Returns the move to make next; its value is -1 if there is none.
  constexpr Move choose(const TaskMemory::Peak& best, std::int32_t step) {
    list_candidates();
    Move chosen;
    TaskMemory::Peak limit{std::numeric_limits<std::int64_t>::max(), 0, 0};
    constexpr std::size_t most_tried = 32;
    for (std::size_t i = 0; i < candidates_.size() && i < most_tried && looks_left_ > 0; ++i) {
      const Candidate& candidate = candidates_[i];
      gather(candidate);
      const bool rests =
          tabu_until_[2 * index(candidate.value) + (candidate.later ? 1 : 0)] >= step;
      const std::int32_t near = candidate.later ? peak_.position + 1 : peak_.position;
      const std::int32_t far = candidate.later ? farthest(true) : farthest(false) + 1;
      const bool at_peak = candidate.later && group_[0] == sequence_[index(peak_.position)];
      for (int option = at_peak ? 1 : 0; option < (far == near ? 1 : 2); ++option) {
        const Move move = try_move(candidate, option == 0 ? near : far, rests ? best : limit);
        if (!(move.peak < (rests ? best : limit))) continue;
        chosen = move;
        limit = move.peak;
        part_.swap(next_part_);
        if (move.peak < best) return chosen;
      }
    }
    return chosen;
  }
  constexpr void make(const Move& move) {
    for (std::int32_t p = move.first; p < move.end; ++p)
      sequence_[index(p)] = next_part_[index(p - move.first)];
  }

  static constexpr char before_peak = 1;
  static constexpr char after_peak = 2;

  const TaskLinks& links_;
  TaskMemory& memory_;
  std::size_t count_;
  DynamicArray<std::int32_t> sequence_{};
  DynamicArray<std::int32_t> position_{};    ///< by task
  DynamicArray<std::int64_t> alive_{};       ///< by position: bytes alive before
  DynamicArray<std::int64_t> heights_{};     ///< by position: bytes alive during
  DynamicArray<TaskMemory::Peak> prefix_{};  ///< peak of the positions before
  DynamicArray<TaskMemory::Peak> suffix_{};  ///< peak of the position and those behind
  TaskMemory::Peak peak_{};
  DynamicArray<char> bound_{};  ///< by task: before_peak, after_peak, or 0 if neither in all orders
  DynamicArray<std::int32_t> last_use_{};  ///< by value: position
  DynamicArray<Candidate> candidates_{};
  DynamicArray<std::int32_t> group_{};
  DynamicArray<std::int32_t> mark_{};  ///< by task: stamp_ if it is in the group
  std::int32_t stamp_ = 0;
  DynamicArray<std::int32_t> part_{};
  DynamicArray<std::int32_t> next_part_{};
  DynamicArray<std::int32_t> tabu_until_{};  ///< by value and direction: first step it may move
  std::int64_t least_bytes_ = 0;
  std::int64_t looks_left_ = 0;
};

}  // namespace foregraph::planning
