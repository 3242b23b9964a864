#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

namespace foregraph {

/// A learning rate that changes as training goes on. The rate is a scalar input of the planned
/// step, so changing it costs nothing and plans nothing again. Steps count from 0, over all calls
/// of fit().
///
///     trainer.fit(data, {.epochs = 10, .schedule = fg::cosine_decay(1e-3, 10'000, 500)});
class Schedule {
 public:
  /// No schedule: the rate stays as the optimizer was given it.
  Schedule() = default;
  /// A schedule of the user's own: the rate of each step; and, if it looks at results, what is to
  /// be told after each epoch: the evaluation loss if there is one, else the training loss.
  explicit Schedule(std::function<double(std::int64_t step)> rate,
                    std::function<void(double loss)> after_epoch = {})
      : rate_(std::move(rate)), after_epoch_(std::move(after_epoch)) {}
  /// One that remembers more than the step: `state` gives all that as finite numbers, and `restore`
  /// takes them back, for checkpoints. Throws UsageError if only one of the two is there.
  Schedule(std::function<double(std::int64_t step)> rate,
           std::function<void(double loss)> after_epoch, std::function<std::vector<double>()> state,
           std::function<void(std::span<const double>)> restore);

  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(rate_); }
  [[nodiscard]] double rate(std::int64_t step) const { return rate_(step); }
  void after_epoch(double loss) const {
    if (after_epoch_) after_epoch_(loss);
  }

  /// What the schedule has learned from losses so far, as finite numbers; empty if its rate depends
  /// on the step alone.
  [[nodiscard]] std::vector<double> state() const {
    return state_ ? state_() : std::vector<double>{};
  }
  /// Goes on from a state() of the same schedule with the same settings, exactly as if it had not
  /// been interrupted. Throws DataError if the state cannot be one of this schedule; nothing
  /// changes then.
  void restore(std::span<const double> state) const;

 private:
  std::function<double(std::int64_t)> rate_;
  std::function<void(double)> after_epoch_;
  std::function<std::vector<double>()> state_;
  std::function<void(std::span<const double>)> restore_;
};

// Each throws UsageError if a rate is negative or not finite, a number of steps below 1, or a
// factor outside (0, 1].

/// initial * factor^floor(step / every).
[[nodiscard]] Schedule step_decay(double initial, double factor, std::int64_t every_steps);
/// initial * factor^(step / every): the same without jumps.
[[nodiscard]] Schedule exponential_decay(double initial, double factor, std::int64_t every_steps);
/// From `initial` at step 0 to `last` at step `total_steps` in a straight line, then `last`.
[[nodiscard]] Schedule linear_decay(double initial, double last, std::int64_t total_steps);
/// In a line from peak / warm-up steps at step 0 up to `peak` at step `warmup_steps` - 1, then from
/// `peak` at step `warmup_steps` down to `last` at step `total_steps` along half a cosine
/// (Loshchilov and Hutter, 2017, one period), then `last`.
[[nodiscard]] Schedule cosine_decay(double peak, std::int64_t total_steps,
                                    std::int64_t warmup_steps = 0, double last = 0);

struct OneCycleOptions {
  double rising_share = 0.3;      ///< of the steps
  double first_divisor = 25;      ///< step 0 has peak / first_divisor
  double last_divisor = 250'000;  ///< step total_steps - 1, and all after it, peak / last_divisor
};
/// Up to `peak`, reached at step rising_share * total_steps - 1, and down again, both along half a
/// cosine (Smith and Topin, 2018): PyTorch's OneCycleLR with its defaults, where `first_divisor` is
/// div_factor and `last_divisor` div_factor * final_div_factor. If it need not rise for a whole
/// step, the first steps are those beyond the peak, as there.
[[nodiscard]] Schedule one_cycle(double peak, std::int64_t total_steps,
                                 OneCycleOptions options = {});

struct PlateauOptions {
  double factor = 0.1;
  int patience = 10;                ///< epochs without improvement that are waited for
  double least_improvement = 1e-4;  ///< of the best loss, as a share of it
  double lowest = 0;                ///< the rate goes no lower
};
/// `initial`, times `factor` whenever the loss has not improved for more than `patience` epochs:
/// that of the evaluation if there is one, else that of the training; smaller is better. Copies
/// share their state.
[[nodiscard]] Schedule reduce_on_plateau(double initial, PlateauOptions options = {});

}  // namespace foregraph
