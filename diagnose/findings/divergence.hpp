#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <foregraph/detail/diagnose/findings/report.hpp>

namespace foregraph {

/// Watches the losses of the steps for training that diverges. Fed with every batch's loss, it
/// finds, once each:
///
/// - "loss-explodes": a loss that is not finite, or above the first by `explosion` times the scale
///   below, within the first `early_steps` steps; the learning rate is probably too high;
/// - "divergence": the mean of a window above the best of the windows before by more than
///   `rise_limit` standard errors of their difference, and by `least_rise` of the best itself and
///   of the way that the loss had come down to it, in `patience` windows one after the other; or a
///   loss that is not finite later;
/// - "loss-oscillates": in the first `early_windows` windows the losses of consecutive steps go up
///   and down in turn, with a correlation below `oscillation_limit`, and come down nowhere: steps
///   that jump over the minimum.
///
/// Windows are of `window` steps, whose standard errors are measured from their halves too, so that
/// slow waves of the loss do not look like a rise. The standard error makes the detector
/// indifferent to the noise of small batches. Single batches with a large loss are dampened: a loss
/// counts at most as the median of the window before and ten times its median absolute deviation
/// (Hampel, 1974). O(1) a step on average, nothing is allocated after the constructor but for a
/// finding.
class DivergenceDetector {
 public:
  struct Options {
    std::int64_t window = 32;
    std::int64_t early_steps = 64;
    std::int64_t early_windows = 4;
    int patience = 2;
    double rise_limit = 6;
    double least_rise = 0.2;
    double explosion = 20;
    double oscillation_limit = -0.6;
    /// Without it, "divergence" and "loss-oscillates" are found of losses that are not finite only:
    /// for training whose loss need not fall, such as that of two players against each other.
    bool watch_rises = true;
  };
  DivergenceDetector() : DivergenceDetector(Options{}) {}
  explicit DivergenceDetector(Options options);

  /// The loss of the next step. Gives a finding in the step that completes its evidence.
  [[nodiscard]] std::optional<Finding> add(double loss);

  [[nodiscard]] std::int64_t steps() const { return steps_; }
  /// The lowest mean of a window so far; 0 before the first is complete.
  [[nodiscard]] double best_mean() const { return best_; }

 private:
  std::optional<Finding> finish_window();
  [[nodiscard]] std::optional<Finding> not_finite(double loss);
  [[nodiscard]] std::optional<Finding> explosion(double loss);

  Options options_;
  std::vector<double> losses_;  ///< of the window at hand
  std::vector<double> scratch_;
  std::int64_t steps_ = 0;
  std::int64_t windows_ = 0;
  double first_ = 0;  ///< mean of the first window
  double first_loss_ = 0;
  double lowest_loss_ = 0;
  double best_ = 0;
  double best_error_ = 0;  ///< standard error of that mean, squared
  std::int64_t best_step_ = 0;
  double median_ = 0;     ///< of the window before
  double deviation_ = 0;  ///< its median absolute deviation, as a standard deviation
  int rises_ = 0;
  bool has_exploded_ = false;
  bool has_diverged_ = false;
  bool has_oscillated_ = false;
};

}  // namespace foregraph
