#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/train/callbacks/monitor.hpp>
#include <foregraph/detail/train/history/epoch_record.hpp>
#include <foregraph/detail/train/metrics/better.hpp>

namespace foregraph {

/// Returns the value of that name. Throws UsageError if there is none; the message starts with
/// `who` and lists the names.
[[nodiscard]] FOREGRAPH_EXPORT double monitored_value(const NamedValues& values,
                                                      std::string_view name, std::string_view who);

/// Keeps track of the best epoch.
class FOREGRAPH_EXPORT BestKeeper {
 public:
  /// A value must be better by more than `least_improvement`, in its own unit. Throws UsageError if
  /// `least_improvement` is negative or not finite.
  explicit BestKeeper(Better better, double least_improvement = 0);

  /// Records the value of an epoch. Returns true if it is the best so far, so that the parameters
  /// should be kept. NaN and infinities never are.
  bool after_epoch(std::int64_t epoch, double value);

  /// Returns the best epoch, or -1 if no value was finite yet.
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }
  /// Returns the best epoch's value; 0 if there is none.
  [[nodiscard]] double value() const { return value_; }

  /// Returns the complete state as finite numbers, for a checkpoint.
  [[nodiscard]] std::vector<double> state() const;
  /// Restores a state(). Throws DataError if the state cannot be one of a BestKeeper; nothing
  /// changes then.
  void restore(std::span<const double> state);

 private:
  Better better_;
  double least_improvement_;
  std::int64_t epoch_ = -1;
  double value_ = 0;
};

/// When to stop because a value no longer improves.
struct EarlyStoppingOptions {
  /// The value by which epochs are compared: a metric, a loss, or the name of a value.
  Monitor monitor = "evaluation_loss";
  /// Direction in which the value is better. If unset, fit() uses the known direction: smaller for
  /// losses and Metric::better() for metrics; it must be set for any other value. fit() refuses a
  /// direction that contradicts the known one.
  std::optional<Better> better{};
  /// Number of epochs in a row without improvement that are tolerated; the next one stops training.
  std::int64_t patience = 5;
  /// An improvement must be larger than this, in the value's own unit.
  double least_improvement = 0;
  /// Whether to restore the parameters of the best epoch when training stops.
  bool restore_best = true;
};

/// Ends training when a value has not improved for several epochs.
///
/// With patience p, training ends after the epoch that is the (p+1)-th in a row without
/// improvement. NaN and infinities are no improvement.
class FOREGRAPH_EXPORT EarlyStopping {
 public:
  /// Throws UsageError if the patience or the minimum improvement is negative, the name empty, or
  /// if `better` is unset for a value that is neither "loss" nor "evaluation_loss".
  explicit EarlyStopping(EarlyStoppingOptions options);

  /// Records the value of an epoch. Returns true if training should stop now.
  bool after_epoch(std::int64_t epoch, double value);
  /// Takes the monitored value from `values`. Throws UsageError if it is not there.
  bool after_epoch(std::int64_t epoch, const NamedValues& values);

  /// Returns the options it was created with.
  [[nodiscard]] const EarlyStoppingOptions& options() const { return options_; }
  /// Returns the best epoch so far.
  [[nodiscard]] const BestKeeper& best() const { return best_; }
  /// Returns the number of epochs in a row that were not better.
  [[nodiscard]] std::int64_t epochs_without_improvement() const { return waited_; }
  /// Returns true if training should end.
  [[nodiscard]] bool stopped() const { return waited_ > options_.patience; }

  /// Returns the complete state as finite numbers, for a checkpoint; excludes the options.
  [[nodiscard]] std::vector<double> state() const;
  /// Restores a state() and continues as if uninterrupted. Throws DataError if the state cannot be
  /// one of EarlyStopping; nothing changes then.
  void restore(std::span<const double> state);

 private:
  EarlyStoppingOptions options_;
  BestKeeper best_;
  std::int64_t waited_ = 0;
};

}  // namespace foregraph
