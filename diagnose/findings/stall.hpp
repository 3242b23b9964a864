#pragma once

#include <optional>
#include <span>
#include <string>

#include <foregraph/detail/diagnose/findings/report.hpp>

namespace foregraph {

/// Measurements of one stage between the data source and the training step (the last stage). A
/// stage waits for its predecessor (nothing to do) and is blocked by its successor (its queue is
/// full), which is not the stage's fault.
struct StageFigures {
  std::string name;  ///< "read", "map", "step"
  double work_seconds = 0;
  double wait_seconds = 0;
  double blocked_seconds = 0;
  int workers = 1;
  /// Mean number of batches queued behind the stage, and the queue's capacity; both 0 without a
  /// queue.
  double queue_depth = 0;
  double queue_capacity = 0;

  /// Returns wait / (wait + work); 0 if nothing was measured.
  [[nodiscard]] double stall_fraction() const {
    return wait_seconds + work_seconds > 0 ? wait_seconds / (wait_seconds + work_seconds) : 0;
  }
};

/// Finds out whether the input pipeline is the bottleneck, and by how much. `stages` are in data
/// order, the training step last. "input-bottleneck" is a warning if the step waits more than
/// `most_stalled` of its time, and names the stage with the most work per worker; if it waits less,
/// but at least 1 %, the finding is a note. Returns nothing if less than `least_seconds` were
/// measured, or for fewer than two stages. The reported speed-up is the gain if the step never
/// waited.
///
/// `core_wait_seconds` is the time in which threads of the process were ready but had no core. If
/// it is at least half of the step's waiting time, the cores are busy with other work and no stage
/// is to blame; the finding is then a note that says so.
[[nodiscard]] std::optional<Finding> find_stall(std::span<const StageFigures> stages,
                                                double most_stalled = 0.1,
                                                double least_seconds = 0.1,
                                                double core_wait_seconds = 0);

}  // namespace foregraph
