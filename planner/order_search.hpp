#pragma once

#include <vector>

#include <foregraph/planner/precedence.hpp>

namespace foregraph::planning {

/// What a search over orders looks at: for each task the values it makes and reads, their bytes,
/// and which it may write over one another. Made once; an order is judged in O(tasks + reads).
class PeakModel {
 public:
  constexpr PeakModel(const Graph& g, const Tasks& tasks, const Constraints& constraints,
                      std::int64_t batch_size)
      : kept_(static_cast<std::size_t>(g.size()), 0),
        bytes_(static_cast<std::size_t>(g.size()), 0),
        last_(static_cast<std::size_t>(g.size()), -1) {
    for (std::size_t t = 0; t < tasks.list.size(); ++t) {
      const auto task = static_cast<std::int32_t>(t);
      Work work;
      work.first_read = static_cast<std::int32_t>(reads_.size());
      for_each_read(g, tasks, task, [&](NodeId root, NodeId, bool) {
        if (tasks.task_of[index(root)] < 0) return;  // a variable or an input
        for (std::size_t i = index(work.first_read); i < reads_.size(); ++i)
          if (reads_[i] == root) return;
        reads_.push_back(root);
      });
      work.first_make = static_cast<std::int32_t>(makes_.size());
      for (const NodeId id : tasks.members_of(tasks.list[t])) {
        if (tasks.stored[index(id)] == 0) continue;
        if (constraints.bound_variable[index(id)] >= 0) continue;
        bytes_[index(id)] = buffer_bytes(g.node(id), batch_size);
        Make make{id, static_cast<std::int32_t>(overwrites_.size()), 0};
        for (std::size_t i = index(work.first_read); i < reads_.size(); ++i)
          if (may_overwrite(g, tasks, task, id, reads_[i])) overwrites_.push_back(reads_[i]);
        make.end_overwrite = static_cast<std::int32_t>(overwrites_.size());
        makes_.push_back(make);
      }
      if (tasks.list[t].kind == Task::Kind::op)
        work.workspace =
            align_up(workspace_bytes_of(g, tasks.members_of(tasks.list[t]).front()).at(batch_size));
      work_.push_back(work);
    }
    work_.push_back(
        {static_cast<std::int32_t>(reads_.size()), static_cast<std::int32_t>(makes_.size()), 0});
    const auto keep = [&](NodeId id) {
      if (id != no_node) kept_[index(storage_root(g, id))] = 1;
    };
    keep(g.loss);
    for (const NodeId id : g.outputs) keep(id);
    for (const Task& copy : constraints.copies) keep(copy.first_member);
  }

  /// The most bytes alive at one position of `sequence`, and the first such position.
  struct Peak {
    std::int64_t bytes = 0;
    std::int32_t position = 0;
  };
  [[nodiscard]] constexpr Peak peak_of(const std::vector<std::int32_t>& sequence) {
    for (std::size_t p = 0; p < sequence.size(); ++p) {
      const auto t = index(sequence[p]);
      for (std::int32_t i = work_[t].first_read; i < work_[t + 1].first_read; ++i)
        last_[index(reads_[index(i)])] = static_cast<std::int32_t>(p);
      for (std::int32_t i = work_[t].first_make; i < work_[t + 1].first_make; ++i)
        last_[index(makes_[index(i)].node)] = static_cast<std::int32_t>(p);
    }
    Peak peak;
    std::int64_t alive = 0;
    for (std::size_t p = 0; p < sequence.size(); ++p) {
      const auto t = index(sequence[p]);
      const auto position = static_cast<std::int32_t>(p);
      std::int64_t dead_after = 0;
      for (std::int32_t i = work_[t].first_read; i < work_[t + 1].first_read; ++i)
        if (dies_at(reads_[index(i)], position)) dead_after += bytes_[index(reads_[index(i)])];
      taken_.clear();
      for (std::int32_t i = work_[t].first_make; i < work_[t + 1].first_make; ++i) {
        const Make& make = makes_[index(i)];
        if (const NodeId over = overwritten_by(make, position); over != no_node) {
          taken_.push_back(over);
          dead_after -= bytes_[index(over)];
        } else {
          alive += bytes_[index(make.node)];
        }
        if (dies_at(make.node, position)) dead_after += bytes_[index(make.node)];
      }
      if (alive + work_[t].workspace > peak.bytes) peak = {alive + work_[t].workspace, position};
      alive -= dead_after;
    }
    return peak;
  }

 private:
  struct Work {
    std::int32_t first_read = 0;
    std::int32_t first_make = 0;
    std::int64_t workspace = 0;
  };
  struct Make {
    NodeId node = no_node;
    std::int32_t first_overwrite = 0;
    std::int32_t end_overwrite = 0;
  };
  [[nodiscard]] static constexpr std::size_t index(std::int32_t i) {
    return static_cast<std::size_t>(i);
  }
  [[nodiscard]] constexpr bool dies_at(NodeId id, std::int32_t position) const {
    return last_[index(id)] == position && kept_[index(id)] == 0;
  }
  [[nodiscard]] constexpr NodeId overwritten_by(const Make& make, std::int32_t position) const {
    for (std::int32_t o = make.first_overwrite; o < make.end_overwrite; ++o) {
      const NodeId candidate = overwrites_[index(o)];
      bool free = dies_at(candidate, position);
      for (const NodeId taken : taken_) free = free && taken != candidate;
      if (free) return candidate;
    }
    return no_node;
  }

  std::vector<Work> work_{};  ///< by task, and one more that ends the last
  std::vector<NodeId> reads_{};
  std::vector<Make> makes_{};
  std::vector<NodeId> overwrites_{};
  std::vector<char> kept_;           ///< by node: lives to the end of the step
  std::vector<std::int64_t> bytes_;  ///< by node
  std::vector<std::int32_t> last_;   ///< by node: position of its last use
  std::vector<NodeId> taken_{};
};

/// Lowers the peak of `sequence`, which `constraints` allow, by moving single tasks across it.
///
/// At the peak two kinds of moves can help: a task before it whose results nobody needs until after
/// it can wait, and a task after it whose operands are all there, and which frees more than it
/// makes, can come forward. The first move that lowers the peak is taken, and the search goes on at
/// the new peak. It ends where no move helps, or after about 2^18 looks at a task, since it also
/// runs in compilers. Deterministic, and never worse than where it began.
constexpr void lower_peak(const Graph& g, const Tasks& tasks, const Constraints& constraints,
                          std::int64_t batch_size, std::vector<std::int32_t>& sequence) {
  const std::size_t count = sequence.size();
  if (count < 3) return;
  constexpr std::size_t most_looks = 1U << 18;
  std::size_t evaluations = most_looks / count < 256 ? most_looks / count : 256;
  PeakModel model(g, tasks, constraints, batch_size);
  PeakModel::Peak best = model.peak_of(sequence);

  const auto& after = constraints.precedence.after;
  std::vector<std::int32_t> position(tasks.list.size(), 0);
  std::vector<std::int32_t> first_successor(tasks.list.size(), 0);
  std::vector<std::int32_t> last_predecessor(tasks.list.size(), 0);
  std::vector<std::int32_t> moved;
  /// Takes the task at `from` to before the one at `to`.
  const auto try_move = [&](std::size_t from, std::size_t to) {
    moved = sequence;
    const std::int32_t task = moved[from];
    if (from < to) {
      for (std::size_t i = from; i + 1 < to; ++i) moved[i] = moved[i + 1];
      moved[to - 1] = task;
    } else {
      for (std::size_t i = from; i > to; --i) moved[i] = moved[i - 1];
      moved[to] = task;
    }
    --evaluations;
    const PeakModel::Peak peak = model.peak_of(moved);
    if (peak.bytes >= best.bytes) return false;
    best = peak;
    sequence = moved;
    return true;
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
