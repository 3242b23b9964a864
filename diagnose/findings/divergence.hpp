#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <foregraph/detail/diagnose/findings/report.hpp>

namespace foregraph {

/// Watches the training loss for divergence. Fed with every batch's loss, it reports each of these
/// at most once:
///
/// - "loss-explodes": within the first `early_steps` steps, a loss that is not finite, or above the
///   first by at least `explosion` times the first loss's magnitude; the learning rate is probably
///   too high;
/// - "divergence": the mean of a window exceeds the best earlier one by more than `rise_limit`
///   standard errors of their difference, and by more than `least_rise` times both the best mean
///   and the descent from the first window to it, in `patience` consecutive windows; or a loss that
///   is not finite after the first `early_steps` steps;
/// - "loss-oscillates": in the first `early_windows` windows, the losses of consecutive steps
///   alternate up and down, with a correlation clearly below `oscillation_limit`, and do not
///   decrease: the steps jump over the minimum.
///
/// Windows have `window` steps. Their standard errors are also measured from their halves, so that
/// slow waves of the loss do not look like a rise. Using standard errors makes the detector
/// insensitive to the noise of small batches. Single batches with a large loss are damped: a loss
/// counts at most as the previous window's median plus ten times its median absolute deviation
/// (Hampel, 1974). O(1) per step on average; after construction, only findings allocate.
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
    /// If false, "divergence" is reported only for losses that are not finite, and
    /// "loss-oscillates" never: for training whose loss need not fall, such as adversarial players.
    bool watch_rises = true;
  };
  DivergenceDetector() : DivergenceDetector(Options{}) {}
  explicit DivergenceDetector(Options options);

  /// Adds the loss of the next step. Returns a finding in the step that completes its evidence.
  [[nodiscard]] std::optional<Finding> add(double loss);

  [[nodiscard]] std::int64_t steps() const { return steps_; }
  /// Returns the lowest mean of a window so far; 0 before the first is complete.
  [[nodiscard]] double best_mean() const { return best_; }

 private:
  std::optional<Finding> finish_window();
  [[nodiscard]] std::optional<Finding> not_finite(double loss);
  [[nodiscard]] std::optional<Finding> explosion(double loss);

  Options options_;
  std::vector<double> losses_;  ///< of the current window
  std::vector<double> scratch_;
  std::int64_t steps_ = 0;
  std::int64_t windows_ = 0;
  double first_ = 0;  ///< mean of the first window
  double first_loss_ = 0;
  double lowest_loss_ = 0;
  double best_ = 0;
  double best_error_ = 0;  ///< squared standard error of that mean
  std::int64_t best_step_ = 0;
  double median_ = 0;     ///< of the previous window
  double deviation_ = 0;  ///< its median absolute deviation, scaled to a standard deviation
  int rises_ = 0;
  bool has_exploded_ = false;
  bool has_diverged_ = false;
  bool has_oscillated_ = false;
};

}  // namespace foregraph
