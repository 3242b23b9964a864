#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// A learning rate that changes during training. The rate is a scalar input of the planned step, so
/// changing it needs no replanning. Steps count from 0, over all calls of fit().
///
///     trainer.fit(data, {.epochs = 10, .schedule = fg::cosine_decay(1e-3, 10'000, 500)});
class FOREGRAPH_EXPORT Schedule {
 public:
  /// Creates no schedule: the rate stays as set in the optimizer.
  Schedule() = default;
  /// Creates a user-defined schedule from the rate of each step. `after_epoch`, if given, receives
  /// the loss after each epoch: the evaluation loss if there is one, else the training loss.
  explicit Schedule(std::function<double(std::int64_t step)> rate,
                    std::function<void(double loss)> after_epoch = {})
      : rate_(std::move(rate)), after_epoch_(std::move(after_epoch)) {}
  /// Creates a schedule with state. For checkpoints, `state` returns the state as finite numbers
  /// and `restore` takes them back. Throws UsageError if only one of the two is given.
  Schedule(std::function<double(std::int64_t step)> rate,
           std::function<void(double loss)> after_epoch, std::function<std::vector<double>()> state,
           std::function<void(std::span<const double>)> restore);

  /// Returns true unless it is no schedule.
  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(rate_); }
  /// Returns the rate of a step, counted from 0.
  [[nodiscard]] double rate(std::int64_t step) const { return rate_(step); }
  /// Passes on the loss of an epoch, for schedules that follow it.
  void after_epoch(double loss) const {
    if (after_epoch_) after_epoch_(loss);
  }

  /// Returns the state learned from losses so far, as finite numbers; empty if the rate depends
  /// only on the step.
  [[nodiscard]] std::vector<double> state() const {
    return state_ ? state_() : std::vector<double>{};
  }
  /// Restores a state() of the same schedule with the same settings and continues as if
  /// uninterrupted. Throws DataError if the state cannot be one of this schedule; nothing changes
  /// then.
  void restore(std::span<const double> state) const;

 private:
  std::function<double(std::int64_t)> rate_;
  std::function<void(double)> after_epoch_;
  std::function<std::vector<double>()> state_;
  std::function<void(std::span<const double>)> restore_;
};

// Each function below throws UsageError if a rate is negative or not finite, a number of steps
// below 1, or a factor outside (0, 1].

/// Returns the schedule initial * factor^floor(step / every).
[[nodiscard]] FOREGRAPH_EXPORT Schedule step_decay(double initial, double factor,
                                                   std::int64_t every_steps);
/// Returns the schedule initial * factor^(step / every): step_decay() without jumps.
[[nodiscard]] FOREGRAPH_EXPORT Schedule exponential_decay(double initial, double factor,
                                                          std::int64_t every_steps);
/// Returns a straight line from `initial` at step 0 to `last` at step `total_steps`, then `last`.
[[nodiscard]] FOREGRAPH_EXPORT Schedule linear_decay(double initial, double last,
                                                     std::int64_t total_steps);
/// Returns a schedule that rises linearly from peak / warmup_steps at step 0 to `peak` at step
/// `warmup_steps` - 1, then falls from `peak` at step `warmup_steps` to `last` at step
/// `total_steps` along half a cosine (Loshchilov and Hutter, 2017, one period), and stays at
/// `last`.
[[nodiscard]] FOREGRAPH_EXPORT Schedule cosine_decay(double peak, std::int64_t total_steps,
                                                     std::int64_t warmup_steps = 0,
                                                     double last = 0);

/// Shape of one_cycle().
struct OneCycleOptions {
  double rising_share = 0.3;      ///< of the steps
  double first_divisor = 25;      ///< the rate at step 0 is peak / first_divisor
  double last_divisor = 250'000;  ///< the rate from step total_steps - 1 on is peak / last_divisor
};
/// Returns a schedule that rises to `peak`, reached at step rising_share * total_steps - 1, and
/// falls again, both along half a cosine (Smith and Topin, 2018). Matches PyTorch's OneCycleLR with
/// its defaults, where `first_divisor` is div_factor and `last_divisor` is div_factor *
/// final_div_factor. If the rise is shorter than one step, the schedule starts past the peak, as in
/// PyTorch.
[[nodiscard]] FOREGRAPH_EXPORT Schedule one_cycle(double peak, std::int64_t total_steps,
                                                  OneCycleOptions options = {});

/// When and how far reduce_on_plateau() reduces the rate.
struct PlateauOptions {
  /// Factor of each reduction.
  double factor = 0.1;
  int patience = 10;                ///< epochs without improvement before the rate drops
  double least_improvement = 1e-4;  ///< relative to the best loss
  double lowest = 0;                ///< lower bound of the rate
};
/// Returns `initial`, multiplied by `factor` whenever the loss has not improved for more than
/// `patience` epochs. Uses the evaluation loss if there is one, else the training loss; smaller is
/// better. Copies share their state.
[[nodiscard]] FOREGRAPH_EXPORT Schedule reduce_on_plateau(double initial,
                                                          PlateauOptions options = {});

}  // namespace foregraph
