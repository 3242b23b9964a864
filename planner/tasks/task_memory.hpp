#pragma once

#include <limits>
#include <span>
#include <vector>

#include <foregraph/detail/planner/tasks/aliasing.hpp>

namespace foregraph::planning {

/// For each task, the values it produces and reads, their bytes, and the operands it may overwrite.
/// Built once for a search over schedules or recomputations; evaluates a schedule in
/// O(tasks + reads). Leaves out variables and inputs, which are always alive.
///
/// A schedule under search is entered with peak_of(); a change of a part of it is then evaluated by
/// peak_of_part(), in time linear in that part.
class TaskMemory {
 public:
  /// Without `in_place`, no operand is overwritten.
  constexpr TaskMemory(const Graph& g, const Tasks& tasks,
                       std::span<const std::int32_t> bound_variable, std::int64_t batch_size,
                       bool in_place = true)
      : kept_(static_cast<std::size_t>(g.size()), 0),
        bytes_(static_cast<std::size_t>(g.size()), 0),
        last_(static_cast<std::size_t>(g.size()), -1) {
    // Plain pointers, as in enter().
    const std::int32_t* const task_of = tasks.task_of.data();
    const std::int32_t* const bound = bound_variable.data();
    const char* const stored = tasks.stored.data();
    work_.reserve(tasks.list.size() + 1);
    for (std::size_t t = 0; t < tasks.list.size(); ++t) {
      const auto task = static_cast<std::int32_t>(t);
      Work work;
      work.first_read = static_cast<std::int32_t>(reads_.size());
      for_each_read(g, tasks, task, [&](NodeId root, NodeId, bool same_index) {
        // Skip variables, inputs and values written into a variable.
        if (task_of[root] < 0 || bound[root] >= 0) return;
        const NodeId* const reads = reads_.data();
        const auto end = static_cast<std::int32_t>(reads_.size());
        for (std::int32_t i = work.first_read; i < end; ++i) {
          if (reads[i] != root) continue;
          if (!same_index) crossing_[index(i)] = 1;
          return;
        }
        reads_.push_back(root);
        crossing_.push_back(same_index ? 0 : 1);
      });
      work.first_make = static_cast<std::int32_t>(makes_.size());
      for (const NodeId id : tasks.members_of(tasks.list[t])) {
        if (stored[id] == 0 || bound[id] >= 0) continue;
        Make make{id, static_cast<std::int32_t>(overwrites_.size()), 0,
                  planning::bytes_of(g.node(id))};
        for (std::size_t i = index(work.first_read); i < reads_.size(); ++i)
          if (in_place && may_overwrite(g, tasks.list[t].kind, id, reads_[i], crossing_[i] == 0))
            overwrites_.push_back(reads_[i]);
        make.end_overwrite = static_cast<std::int32_t>(overwrites_.size());
        makes_.push_back(make);
      }
      if (tasks.list[t].kind == Task::Kind::op)
        work.workspace_size = workspace_bytes_of(g, tasks.members_of(tasks.list[t]).front());
      work_.push_back(work);
    }
    work_.push_back(
        {static_cast<std::int32_t>(reads_.size()), static_cast<std::int32_t>(makes_.size())});
    if (g.loss != no_node) keep(storage_root(g, g.loss));
    for (const NodeId id : g.outputs) keep(storage_root(g, id));
    measure(batch_size);
  }
  /// Sets the bytes of all values and workspaces to those at `batch_size` samples.
  constexpr void measure(std::int64_t batch_size) {
    std::int64_t* const bytes = bytes_.data();
    for (const Make& make : makes_) bytes[make.node] = align_up(make.size.at(batch_size));
    for (Work& work : work_) work.workspace = align_up(work.workspace_size.at(batch_size));
  }
  /// Marks a value that must outlive the step's tasks.
  constexpr void keep(NodeId id) {
    if (id != no_node) kept_[index(id)] = 1;
  }

  struct Make {
    NodeId node = no_node;
    std::int32_t first_overwrite = 0;
    std::int32_t end_overwrite = 0;
    Dim size{};  ///< bytes for any batch
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
  [[nodiscard]] constexpr std::size_t node_count() const { return bytes_.size(); }
  [[nodiscard]] constexpr std::int64_t bytes_of(NodeId id) const { return bytes_[index(id)]; }
  [[nodiscard]] constexpr bool is_kept(NodeId id) const { return kept_[index(id)] != 0; }

  /// The most bytes alive at one position of a schedule, and the first such position.
  struct Peak {
    std::int64_t bytes = 0;
    std::int32_t position = 0;
    std::int32_t count = 0;  ///< number of positions that reach it

    /// Returns true if this peak is lower, or as high at fewer positions.
    [[nodiscard]] constexpr bool operator<(const Peak& other) const {
      return bytes != other.bytes ? bytes < other.bytes : count < other.count;
    }
    /// Extends the peak by one that is reached later.
    constexpr void add(const Peak& later) {
      if (later.bytes > bytes) {
        *this = later;
      } else if (later.bytes == bytes) {
        count += later.count;
      }
    }
  };
  /// Returns the peak of `sequence` and enters it as the schedule under search.
  [[nodiscard]] constexpr Peak peak_of(const DynamicArray<std::int32_t>& sequence) {
    const auto count = static_cast<std::int32_t>(sequence.size());
    enter(sequence.data(), 0, count, count);
    return simulate(sequence.data(), 0, count, 0, most_bytes, nullptr);
  }
  /// As above; also sets `alive` to the bytes alive before each task, and `heights` to the bytes
  /// alive during each. Both have an element for each task.
  [[nodiscard]] constexpr Peak peak_of(const DynamicArray<std::int32_t>& sequence,
                                       DynamicArray<std::int64_t>& alive,
                                       DynamicArray<std::int64_t>& heights) {
    const auto count = static_cast<std::int32_t>(sequence.size());
    enter(sequence.data(), 0, count, count);
    alive.assign(sequence.size(), 0);
    heights.assign(sequence.size(), 0);
    Trace trace{alive.data(), heights.data()};
    return simulate(sequence.data(), 0, count, 0, most_bytes, &trace);
  }
  /// Returns the peak at the positions [first, end) if they were taken by `part`, the tasks at
  /// these positions in another order. `alive` are the bytes alive before position `first`. Stops
  /// as soon as the peak exceeds `enough`. The part stays entered; see enter_part().
  [[nodiscard]] constexpr Peak peak_of_part(const std::int32_t* part, std::int32_t first,
                                            std::int32_t end, std::int64_t alive,
                                            std::int64_t enough) {
    enter(part, first, end, end);
    return simulate(part, first, end, alive, enough, nullptr);
  }
  /// Enters an order of the tasks at the positions [first, end) of the schedule under search.
  constexpr void enter_part(const std::int32_t* part, std::int32_t first, std::int32_t end) {
    enter(part, first, end, end);
  }

 private:
  static constexpr std::int64_t most_bytes = std::numeric_limits<std::int64_t>::max();
  struct Work {
    std::int32_t first_read = 0;
    std::int32_t first_make = 0;
    Dim workspace_size{};  ///< bytes for any batch
    std::int64_t workspace = 0;
  };
  /// Where simulate() stores the bytes alive before and during each task.
  struct Trace {
    std::int64_t* alive = nullptr;
    std::int64_t* heights = nullptr;
  };
  /// Sets the last use of the values used by `tasks`, which take the positions [first, end). Leaves
  /// out values used from position `known_end` on, whose last use is known.
  constexpr void enter(const std::int32_t* tasks, std::int32_t first, std::int32_t end,
                       std::int32_t known_end) {
    // Plain pointers: in the compiler, each operator[] call costs as much as using its result.
    const Work* const works = work_.data();
    const NodeId* const reads = reads_.data();
    const Make* const makes = makes_.data();
    std::int32_t* const last = last_.data();
    for (std::int32_t p = first; p < end; ++p) {
      const Work* const work = works + tasks[p - first];
      const Work* const next = work + 1;
      for (std::int32_t i = work->first_make; i < next->first_make; ++i)
        if (last[makes[i].node] < known_end) last[makes[i].node] = p;
      for (std::int32_t i = work->first_read; i < next->first_read; ++i)
        if (last[reads[i]] < known_end) last[reads[i]] = p;
    }
  }
  /// Returns the peak of `tasks` at the positions [first, end), with `alive` bytes alive before.
  /// Stops as soon as it exceeds `enough`.
  constexpr Peak simulate(const std::int32_t* tasks, std::int32_t first, std::int32_t end,
                          std::int64_t alive, std::int64_t enough, Trace* trace) {
    const Work* const works = work_.data();
    const NodeId* const reads = reads_.data();
    const Make* const makes = makes_.data();
    const std::int64_t* const bytes = bytes_.data();
    const char* const kept = kept_.data();
    const std::int32_t* const last = last_.data();
    Peak peak{0, first, 0};
    for (std::int32_t p = first; p < end && peak.bytes <= enough; ++p) {
      const Work* const work = works + tasks[p - first];
      const Work* const next = work + 1;
      if (trace != nullptr) trace->alive[p] = alive;
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
      const std::int64_t height = alive + work->workspace;
      if (trace != nullptr) trace->heights[p] = height;
      if (height > peak.bytes) peak = {height, p, 0};
      if (height == peak.bytes) ++peak.count;
      alive -= dead_after;
    }
    return peak;
  }
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
