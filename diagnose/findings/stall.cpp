#include <algorithm>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/findings/stall.hpp>

namespace foregraph {
namespace {

/// Returns the least time the stage needs, with all its workers busy.
double busy_seconds(const StageFigures& stage) {
  return stage.work_seconds / std::max(1, stage.workers);
}

}  // namespace

std::optional<Finding> find_stall(std::span<const StageFigures> stages, double most_stalled,
                                  double least_seconds, double core_wait_seconds) {
  if (stages.size() < 2) return std::nullopt;
  const StageFigures& step = stages.back();
  const double total = step.work_seconds + step.wait_seconds;
  if (total < least_seconds || step.stall_fraction() < 0.01) return std::nullopt;
  const auto inputs = stages.first(stages.size() - 1);
  const StageFigures& slowest = *std::max_element(inputs.begin(), inputs.end(),
                                                  [](const StageFigures& a, const StageFigures& b) {
                                                    return busy_seconds(a) < busy_seconds(b);
                                                  });
  const double stall = step.stall_fraction();
  const double gain = step.work_seconds > 0 ? total / step.work_seconds : 0;

  Finding finding;
  finding.id = "input-bottleneck";
  finding.severity = stall > most_stalled ? Severity::warning : Severity::note;
  finding.what = "'" + step.name + "' waits " + text::fixed(100 * stall, 1) +
                 " % of its time for batches (" + text::significant(step.wait_seconds, 3) +
                 " s of " + text::significant(total, 3) + " s); the slowest stage before it is '" +
                 slowest.name + "': " + text::significant(busy_seconds(slowest), 3) + " s with " +
                 std::to_string(slowest.workers) + (slowest.workers == 1 ? " worker" : " workers") +
                 ", against " + text::significant(step.work_seconds, 3) + " s of '" + step.name +
                 "'";
  if (slowest.queue_capacity > 0)
    finding.what += "; on average " + text::significant(slowest.queue_depth, 2) + " of " +
                    text::significant(slowest.queue_capacity, 3) + " prefetched batches are ready";
  finding.consequence =
      gain > 0 ? "training would be " + text::fixed(gain, 2) + " times as fast without waiting"
               : "the step did nothing but wait";
  // If every stage has time to spare, batches come in bursts; otherwise some stage must work less.
  const bool in_bursts = busy_seconds(slowest) < step.work_seconds;
  const bool cores_are_busy = core_wait_seconds >= 0.5 * step.wait_seconds;
  if (cores_are_busy) {
    finding.severity = Severity::note;
    finding.what += "; during that time, threads of this process spent " +
                    text::significant(core_wait_seconds, 3) + " s in total waiting for a core";
    finding.way_out =
        "the pipeline is not the cause: the cores are busy with other programs, or there are more "
        "threads than cores; run it alone, or with fewer threads";
  } else if (in_bursts)
    finding.way_out =
        "there are enough workers, but batches arrive in bursts: prefetch more batches";
  else
    finding.way_out =
        "give '" + slowest.name + "' more workers (" +
        text::fixed(std::max(2.0, slowest.work_seconds / std::max(step.work_seconds, 1e-9) + 0.999),
                    0) +
        " would keep up if there are enough cores), make it cheaper, or cache its output";
  finding.figures = {{"stall_fraction", stall},
                     {"wait_seconds", step.wait_seconds},
                     {"step_work_seconds", step.work_seconds},
                     {"slowest_busy_seconds", busy_seconds(slowest)},
                     {"speed_up", gain},
                     {"queue_depth", slowest.queue_depth},
                     {"core_wait_seconds", core_wait_seconds}};
  return finding;
}

}  // namespace foregraph
