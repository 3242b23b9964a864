#pragma once

#include <optional>
#include <span>
#include <string>

#include <foregraph/detail/diagnose/findings/report.hpp>

namespace foregraph {

/// What was measured of one stage between the source of the data and the training step, which is
/// the last. Waiting is for the stage before (nothing to do); being blocked is for the one after
/// (its queue is full), which is no fault of the stage.
struct StageFigures {
  std::string name;  ///< "read", "map", "step"
  double work_seconds = 0;
  double wait_seconds = 0;
  double blocked_seconds = 0;
  int workers = 1;
  /// Mean number of batches waiting behind the stage, and the most there can be; 0, 0 without
  /// queue.
  double queue_depth = 0;
  double queue_capacity = 0;

  /// wait / (wait + work); 0 if nothing was measured.
  [[nodiscard]] double stall_fraction() const {
    return wait_seconds + work_seconds > 0 ? wait_seconds / (wait_seconds + work_seconds) : 0;
  }
};

/// Which side is the bottleneck, and by how much. `stages` in the order of the data, the training
/// step last. "input-bottleneck" is a warning if the step waits more than `most_stalled` of its
/// time, and names the stage with the most work for each of its workers; below that, and above 1 %,
/// it is a note; nothing is found if less was measured than `least_seconds`, or for fewer than two
/// stages. The speed-up told is what training would gain if the step never waited.
///
/// `core_wait_seconds`: for how long threads of the process were ready in that time, but had no
/// core. If that is half of what the step waited or more, no stage is to blame, but whatever else
/// runs on the cores: a note says that.
[[nodiscard]] std::optional<Finding> find_stall(std::span<const StageFigures> stages,
                                                double most_stalled = 0.1,
                                                double least_seconds = 0.1,
                                                double core_wait_seconds = 0);

}  // namespace foregraph
