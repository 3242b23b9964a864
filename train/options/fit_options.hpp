#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/diagnose/findings/report.hpp>
#include <foregraph/detail/diagnose/profile/profile.hpp>
#include <foregraph/detail/train/callbacks/early_stopping.hpp>
#include <foregraph/detail/train/callbacks/schedule.hpp>
#include <foregraph/detail/train/history/epoch_record.hpp>
#include <foregraph/detail/train/metrics/metrics.hpp>

namespace foregraph {

class Training;

/// What happened in one step.
struct StepResult {
  std::int64_t epoch = 0;
  std::int64_t batch = 0;    ///< of the epoch, counted from 0
  std::int64_t step = 0;     ///< of all calls of fit(), counted from 0 as epoch and batch are
  std::int64_t samples = 0;  ///< in the batch
  double loss = 0;           ///< of the batch, before the update
};

/// What happened in one epoch.
struct EpochResult {
  std::int64_t epoch = 0;  ///< counts on over several calls of fit()
  std::int64_t steps = 0;
  std::int64_t samples = 0;
  double loss = 0;                  ///< mean over the samples, each with the parameters of its step
  double batch_loss_deviation = 0;  ///< standard deviation of the batches' losses
  std::optional<double> evaluation_loss{};
  /// Metrics of the training data ("accuracy") and the evaluation data ("evaluation_accuracy").
  NamedValues metrics{};
  double seconds = 0;  ///< of training, without the evaluation
  std::optional<double>
      learning_rate{};               ///< of the last step, if the optimizer has one value of it
  LoaderStatistics loader{};         ///< who waited for whom
  Report report{};                   ///< what was found before (the first epoch) and during it
  std::vector<std::string> notes{};  ///< as that training stopped early, and why

  /// All of it under names, as an early stop, files and TensorBoard see it: "loss",
  /// "batch_loss_deviation", "evaluation_loss", "learning_rate" and the metrics.
  [[nodiscard]] NamedValues values() const;
  [[nodiscard]] EpochRecord record() const;
};
using History = std::vector<EpochResult>;

/// Called by fit(); training ends after the batch or epoch at hand if one returns false. They may
/// evaluate(), predict(), preflight(), save() and set(); what would overwrite the running training,
/// such as step(), prepare() or load(), throws UsageError.
struct Callbacks {
  std::function<bool(Training&, const StepResult&)> after_step{};
  std::function<bool(Training&, const EpochResult&)> after_epoch{};
};

/// A file from which training goes on after an interruption exactly as if there had been none.
struct CheckpointOptions {
  /// Empty: no checkpoints.
  std::filesystem::path path{};
  /// Written after every so many epochs, and steps if this is not 0; always at the end of fit().
  std::int64_t every_epochs = 1;
  std::int64_t every_steps = 0;
  /// Go on from the file if it is there; then `epochs` are those of the interrupted fit(). Else it
  /// is replaced by the first checkpoint.
  bool resume = true;
};

struct FitOptions {
  std::int64_t epochs = 1;
  /// A second data set; its loss and metrics are computed after each epoch.
  std::optional<Pipeline> evaluation{};
  /// Draw a progress bar on stderr if that is a terminal.
  bool progress = true;
  /// The learning rate of each step; see train/callbacks/schedule.hpp. Empty: as it was set. An
  /// optimizer made of several must have one rate in all of them; UsageError otherwise.
  Schedule schedule{};
  /// Computed on the evaluation data after each epoch, and on the training data too if that is
  /// asked for or there are no others: with the parameters after the epoch, in a pass of its own.
  std::vector<Metric> metrics{};
  bool training_metrics = false;
  /// Batches whose gradients make one update, as if they were one batch; the same as a batch so
  /// many times larger with TrainerOptions::micro_batch, in the memory of one of them.
  std::int64_t accumulate = 1;
  std::vector<Callbacks> callbacks{};
  /// Ends training when a value gets no better; see EarlyStoppingOptions.
  std::optional<EarlyStoppingOptions> early_stopping{};
  /// A checkpoint of the best epoch by `early_stopping`'s value, or by the evaluation's loss (the
  /// training's if there is none), written whenever there is a better one. A file of a fit() before
  /// is compared with by the value it holds, and refused if it is of another model or value.
  std::filesystem::path best_model{};
  /// Do not compare with a file of a fit() before, but replace it by the first epoch.
  bool replace_best_model = false;
  CheckpointOptions checkpoint{};
  /// Look for what makes training fail before the first step, and while it runs; see Report.
  bool preflight = true;
  /// Ids of findings that are left out of reports, of those in docs/report.md: {"class-mix"}.
  /// UsageError for others.
  std::vector<std::string> silence{};
  /// Gets each report that has a warning or error; unset: its text goes to stderr.
  std::function<void(const Report&)> on_report{};
  /// The history as a CSV file, a JSON file and a TensorBoard folder, written after each epoch.
  std::filesystem::path history_csv{};
  std::filesystem::path history_json{};
  std::filesystem::path tensorboard{};
  /// Keep a copy of all variables, taken every so many steps, so that the very step can be found
  /// and run again whose gradients were not finite; 0: no copy, and only what makes the loss itself
  /// so is found.
  std::int64_t trace_non_finite = 0;
  /// Measure where the time of the first steps goes (of their parts, if batches are cut in parts).
  std::optional<ProfileOptions> profile{};
};

}  // namespace foregraph
