#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/train/history/epoch_record.hpp>
#include <foregraph/detail/train/metrics/better.hpp>

namespace foregraph {

/// The value of that name. Throws UsageError, with the names there are and `who` asks, if there is
/// none.
[[nodiscard]] double monitored_value(const NamedValues& values, std::string_view name,
                                     std::string_view who);

/// Keeps which epoch was the best.
class BestKeeper {
 public:
  /// Better is what is better by more than `least_improvement`, in the value's own unit. Throws
  /// UsageError if that is negative or not finite.
  explicit BestKeeper(Better better, double least_improvement = 0);

  /// Tells the value of an epoch; true if it is the best so far: then the parameters are to be
  /// kept. NaN and infinities never are.
  bool after_epoch(std::int64_t epoch, double value);

  /// The best epoch, or -1 as long as no value was finite.
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }
  /// Its value; 0 if there is none.
  [[nodiscard]] double value() const { return value_; }

  /// All it knows as finite numbers, for a checkpoint.
  [[nodiscard]] std::vector<double> state() const;
  /// Continues from a state. Throws DataError if it cannot be one of a BestKeeper; nothing changes
  /// then.
  void restore(std::span<const double> state);

 private:
  Better better_;
  double least_improvement_;
  std::int64_t epoch_ = -1;
  double value_ = 0;
};

struct EarlyStoppingOptions {
  /// The value that is watched, by its name in the history.
  std::string monitor = "evaluation_loss";
  /// Which values of it are better. Unset: as fit() knows it, smaller for losses and
  /// Metric::better() for metrics; for any other value it has to be set. fit() refuses the opposite
  /// of what it knows.
  std::optional<Better> better{};
  /// How many epochs in a row may bring no improvement before training stops at the next one.
  std::int64_t patience = 5;
  /// What counts as an improvement: more than this, in the value's own unit.
  double least_improvement = 0;
  /// Whether the parameters of the best epoch are to be put back when training stops.
  bool restore_best = true;
};

/// Ends training when a value has not improved for some epochs.
///
/// With patience p, training ends after the epoch that is the (p+1)-th in a row without
/// improvement. NaN and infinities are no improvement.
class EarlyStopping {
 public:
  /// Throws UsageError if the patience or the least improvement is negative, the name empty, or if
  /// `better` is unset for a value that is neither "loss" nor "evaluation_loss".
  explicit EarlyStopping(EarlyStoppingOptions options);

  /// Tells the value of an epoch; true if training should stop now.
  bool after_epoch(std::int64_t epoch, double value);
  /// The same with the value that is watched, out of all. Throws UsageError if it is not there.
  bool after_epoch(std::int64_t epoch, const NamedValues& values);

  [[nodiscard]] const EarlyStoppingOptions& options() const { return options_; }
  [[nodiscard]] const BestKeeper& best() const { return best_; }
  [[nodiscard]] std::int64_t epochs_without_improvement() const { return waited_; }
  [[nodiscard]] bool stopped() const { return waited_ > options_.patience; }

  /// All it knows as finite numbers, for a checkpoint; the options are not part of it.
  [[nodiscard]] std::vector<double> state() const;
  /// Continues from a state exactly as if there had been no stop in between. Throws DataError if it
  /// cannot be one of EarlyStopping; nothing changes then.
  void restore(std::span<const double> state);

 private:
  EarlyStoppingOptions options_;
  BestKeeper best_;
  std::int64_t waited_ = 0;
};

}  // namespace foregraph
