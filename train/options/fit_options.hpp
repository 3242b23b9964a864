#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/diagnose/findings/report.hpp>
#include <foregraph/detail/diagnose/profile/profile.hpp>
#include <foregraph/detail/train/callbacks/early_stopping.hpp>
#include <foregraph/detail/train/callbacks/schedule.hpp>
#include <foregraph/detail/train/history/epoch_record.hpp>
#include <foregraph/detail/train/metrics/metrics.hpp>

namespace foregraph {

class TrainerBase;

/// Result of one step.
struct StepResult {
  /// Counted from 0.
  std::int64_t epoch = 0;
  std::int64_t batch = 0;    ///< within the epoch, counted from 0
  std::int64_t step = 0;     ///< over all calls of fit(), counted from 0
  std::int64_t samples = 0;  ///< in the batch
  double loss = 0;           ///< of the batch, before the update
};

/// Result of one epoch.
struct FOREGRAPH_EXPORT EpochResult {
  std::int64_t epoch = 0;  ///< counted over all calls of fit()
  /// Number of steps.
  std::int64_t steps = 0;
  /// Number of samples.
  std::int64_t samples = 0;
  double loss = 0;                  ///< mean over the samples, each at the parameters of its step
  double batch_loss_deviation = 0;  ///< standard deviation of the batch losses
  /// Mean loss of the evaluation data, if there are any.
  std::optional<double> evaluation_loss{};
  /// Metrics of the training data ("accuracy") and of the evaluation data ("evaluation_accuracy").
  NamedValues metrics{};
  double seconds = 0;  ///< of training, excluding the evaluation
  std::optional<double>
      learning_rate{};  ///< of the last step, if the optimizer has a single learning rate
  data::LoaderStatistics loader{};  ///< how long loader and step waited for each other
  Report report{};  ///< findings of the epoch; the first epoch includes the preflight
  std::vector<std::string> notes{};  ///< for example why training stopped early

  /// Returns all values by name, as used by early stopping, history files and TensorBoard: "loss",
  /// "batch_loss_deviation", "evaluation_loss", "learning_rate" and the metrics.
  [[nodiscard]] NamedValues values() const;
  /// Returns the data that history files store.
  [[nodiscard]] EpochRecord record() const;
};
/// The results of all epochs, in order.
using History = std::vector<EpochResult>;

/// Functions called by fit(); training ends after the current batch or epoch if one of them returns
/// false. They may call evaluate(), predict(), predict_all(), preflight(), save() and set(); calls
/// that would overwrite the running training, such as step(), prepare() or load(), throw
/// UsageError.
struct Callbacks {
  /// Called after each step.
  std::function<bool(TrainerBase&, const StepResult&)> after_step{};
  /// Called after each epoch.
  std::function<bool(TrainerBase&, const EpochResult&)> after_epoch{};
};

/// Periodic checkpoints; training resumed from one continues exactly as if uninterrupted.
struct CheckpointOptions {
  /// Path of the file; empty disables checkpoints.
  std::filesystem::path path{};
  /// Intervals between checkpoints; 0 steps means epochs only. fit() always writes one at its end.
  std::int64_t every_epochs = 1;
  /// Number of steps between checkpoints.
  std::int64_t every_steps = 0;
  /// Resume from the file if it exists; `epochs` then counts from the start of the interrupted
  /// fit(). If false, the first checkpoint replaces the file.
  bool resume = true;
};

/// Options of fit(); all have defaults.
struct FitOptions {
  /// Number of passes over the data.
  std::int64_t epochs = 1;
  /// A second data set, whose loss and metrics are computed after each epoch.
  std::optional<data::Pipeline> evaluation{};
  /// Draw a progress bar on stderr if that is a terminal.
  bool progress = true;
  /// The learning rate of each step; see train/callbacks/schedule.hpp. Empty keeps the current
  /// rate. All parts of a combined optimizer must have the same rate; UsageError otherwise.
  Schedule schedule{};
  /// Metrics computed on the evaluation data after each epoch. They are also computed on the
  /// training data, in a separate pass with the parameters after the epoch, if `training_metrics`
  /// is set or there are no evaluation data.
  std::vector<Metric> metrics{};
  /// Whether metrics are also computed on the training data.
  bool training_metrics = false;
  /// Number of batches whose gradients make one update, as if they were one batch. Equivalent to a
  /// batch `accumulate` times larger with TrainerOptions::micro_batch; uses the memory of one
  /// batch.
  std::int64_t accumulate = 1;
  /// Functions to call after steps and epochs.
  std::vector<Callbacks> callbacks{};
  /// Ends training when a value stops improving; see EarlyStoppingOptions.
  std::optional<EarlyStoppingOptions> early_stopping{};
  /// Path for a checkpoint of the best epoch, by the value `early_stopping` monitors, or else by
  /// the evaluation loss (the training loss if there is none). Written whenever an epoch is better.
  /// A file left by an earlier fit() is compared by the value it holds, and refused if its model or
  /// monitored value differs.
  std::filesystem::path best_model{};
  /// Replace a file left by an earlier fit() after the first epoch, without comparing.
  bool replace_best_model = false;
  /// Where and when to write checkpoints.
  CheckpointOptions checkpoint{};
  /// Look for causes of failing training before the first step and while it runs; see Report.
  bool preflight = true;
  /// Ids of findings to leave out of reports, as listed in docs/report.md: {"class-mix"}.
  /// UsageError for unknown ids.
  std::vector<std::string> silence{};
  /// Receives each report with a warning or error; if unset, its text goes to stderr.
  std::function<void(const Report&)> on_report{};
  /// Paths of the history as a CSV file, a JSON file and a TensorBoard folder, written after each
  /// epoch.
  std::filesystem::path history_csv{};
  /// Path of the JSON file.
  std::filesystem::path history_json{};
  /// Path of TensorBoard's folder.
  std::filesystem::path tensorboard{};
  /// Snapshot all variables every N steps so that the step that produced non-finite gradients can
  /// be located and replayed. 0 disables snapshots; then only a non-finite loss is traced to its
  /// op.
  std::int64_t trace_non_finite = 0;
  /// Measure where the time of the first steps goes (of the first micro-batches if batches are
  /// split).
  std::optional<ProfileOptions> profile{};
};

}  // namespace foregraph
