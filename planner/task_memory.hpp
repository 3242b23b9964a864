#pragma once

#include <span>
#include <vector>

#include <foregraph/detail/planner/aliasing.hpp>

namespace foregraph::planning {

/// For each task, the values it produces and reads, their bytes, and the operands it may overwrite.
/// Built once for a search over schedules or recomputations; evaluates a schedule in
/// O(tasks + reads). Leaves out variables and inputs, which are always alive.
class TaskMemory {
 public:
  constexpr TaskMemory(const Graph& g, const Tasks& tasks,
                       std::span<const std::int32_t> bound_variable, std::int64_t batch_size)
      : kept_(static_cast<std::size_t>(g.size()), 0),
        bytes_(static_cast<std::size_t>(g.size()), 0),
        last_(static_cast<std::size_t>(g.size()), -1) {
    for (std::size_t t = 0; t < tasks.list.size(); ++t) {
      const auto task = static_cast<std::int32_t>(t);
      Work work;
      work.first_read = static_cast<std::int32_t>(reads_.size());
      for_each_read(g, tasks, task, [&](NodeId root, NodeId, bool same_index) {
        // Skip variables, inputs and values written into a variable.
        if (tasks.task_of[index(root)] < 0 || bound_variable[index(root)] >= 0) return;
        for (std::size_t i = index(work.first_read); i < reads_.size(); ++i) {
          if (reads_[i] != root) continue;
          crossing_[i] = crossing_[i] != 0 || !same_index ? 1 : 0;
          return;
        }
        reads_.push_back(root);
        crossing_.push_back(same_index ? 0 : 1);
      });
      work.first_make = static_cast<std::int32_t>(makes_.size());
      for (const NodeId id : tasks.members_of(tasks.list[t])) {
        if (tasks.stored[index(id)] == 0) continue;
        if (bound_variable[index(id)] >= 0) continue;
        bytes_[index(id)] = buffer_bytes(g.node(id), batch_size);
        Make make{id, static_cast<std::int32_t>(overwrites_.size()), 0};
        for (std::size_t i = index(work.first_read); i < reads_.size(); ++i)
          if (may_overwrite(g, tasks.list[t].kind, id, reads_[i], crossing_[i] == 0))
            overwrites_.push_back(reads_[i]);
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
    if (g.loss != no_node) keep(storage_root(g, g.loss));
    for (const NodeId id : g.outputs) keep(storage_root(g, id));
  }
  /// Marks a value that must outlive the step's tasks.
  constexpr void keep(NodeId id) {
    if (id != no_node) kept_[index(id)] = 1;
  }

  struct Make {
    NodeId node = no_node;
    std::int32_t first_overwrite = 0;
    std::int32_t end_overwrite = 0;
  };
  [[nodiscard]] constexpr ArrayView<NodeId> reads_of(std::int32_t task) const {
    const Work* const work = work_.data() + task;
    return {reads_.data() + work->first_read, index(work[1].first_read - work->first_read)};
  }
  [[nodiscard]] constexpr ArrayView<Make> makes_of(std::int32_t task) const {
    const Work* const work = work_.data() + task;
    return {makes_.data() + work->first_make, index(work[1].first_make - work->first_make)};
  }
  /// Returns the operands whose buffers `make` may reuse if its task is their last reader.
  [[nodiscard]] constexpr ArrayView<NodeId> overwrites_of(const Make& make) const {
    return {overwrites_.data() + make.first_overwrite,
            index(make.end_overwrite - make.first_overwrite)};
  }
  [[nodiscard]] constexpr std::int64_t workspace_of(std::int32_t task) const {
    return work_[index(task)].workspace;
  }
  [[nodiscard]] constexpr std::int64_t bytes_of(NodeId id) const { return bytes_[index(id)]; }
  [[nodiscard]] constexpr bool is_kept(NodeId id) const { return kept_[index(id)] != 0; }

  /// The most bytes alive at one position of `sequence`, and the first such position.
  struct Peak {
    std::int64_t bytes = 0;
    std::int32_t position = 0;
  };
  [[nodiscard]] constexpr Peak peak_of(const DynamicArray<std::int32_t>& sequence) {
    // Plain pointers: in the compiler, each operator[] call costs as much as using its result.
    const Work* const works = work_.data();
    const NodeId* const reads = reads_.data();
    const Make* const makes = makes_.data();
    const std::int64_t* const bytes = bytes_.data();
    const char* const kept = kept_.data();
    std::int32_t* const last = last_.data();
    const auto count = static_cast<std::int32_t>(sequence.size());
    const std::int32_t* const tasks = sequence.data();
    for (std::int32_t p = 0; p < count; ++p) {
      const Work* const work = works + tasks[p];
      const Work* const next = work + 1;
      for (std::int32_t i = work->first_read; i < next->first_read; ++i) last[reads[i]] = p;
      for (std::int32_t i = work->first_make; i < next->first_make; ++i) last[makes[i].node] = p;
    }
    Peak peak;
    std::int64_t alive = 0;
    for (std::int32_t p = 0; p < count; ++p) {
      const Work* const work = works + tasks[p];
      const Work* const next = work + 1;
      std::int64_t dead_after = 0;
      for (std::int32_t i = work->first_read; i < next->first_read; ++i)
        if (last[reads[i]] == p && kept[reads[i]] == 0) dead_after += bytes[reads[i]];
      taken_.clear();
      for (std::int32_t i = work->first_make; i < next->first_make; ++i) {
        const Make* const make = makes + i;
        if (const NodeId over = overwritten_by(*make, p); over != no_node) {
          taken_.push_back(over);
          dead_after -= bytes[over];
        } else {
          alive += bytes[make->node];
        }
        if (last[make->node] == p && kept[make->node] == 0) dead_after += bytes[make->node];
      }
      if (alive + work->workspace > peak.bytes) peak = {alive + work->workspace, p};
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
  [[nodiscard]] static constexpr std::size_t index(std::int32_t i) {
    return static_cast<std::size_t>(i);
  }
  [[nodiscard]] constexpr NodeId overwritten_by(const Make& make, std::int32_t position) const {
    const NodeId* const overwrites = overwrites_.data();
    const std::int32_t* const last = last_.data();
    for (std::int32_t o = make.first_overwrite; o < make.end_overwrite; ++o) {
      const NodeId candidate = overwrites[o];
      if (last[candidate] != position || kept_[index(candidate)] != 0) continue;
      bool free = true;
      for (const NodeId taken : taken_) free = free && taken != candidate;
      if (free) return candidate;
    }
    return no_node;
  }

  DynamicArray<Work> work_{};  ///< by task, plus a sentinel that ends the last task's ranges
  DynamicArray<NodeId> reads_{};
  DynamicArray<char> crossing_{};  ///< by read: nonzero if not only element by element
  DynamicArray<Make> makes_{};
  DynamicArray<NodeId> overwrites_{};
  DynamicArray<char> kept_;           ///< by node: nonzero if alive to the end of the step
  DynamicArray<std::int64_t> bytes_;  ///< by node
  DynamicArray<std::int32_t> last_;   ///< by node: position of its last use
  DynamicArray<NodeId> taken_{};
};

}  // namespace foregraph::planning
