#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/diagnose/findings/divergence.hpp>
#include <foregraph/detail/diagnose/preflight/stream_order.hpp>
#include <foregraph/detail/train/best_model.hpp>
#include <foregraph/detail/train/callbacks/early_stopping.hpp>
#include <foregraph/detail/train/callbacks/progress.hpp>
#include <foregraph/detail/train/history/csv_history.hpp>
#include <foregraph/detail/train/history/tensorboard.hpp>
#include <foregraph/detail/train/trainer_base.hpp>

namespace foregraph {

class Checkpoint;

/// One call of TrainerBase::fit(). Its running sums are small and saved in checkpoints, so that a
/// run resumed with the same plan has the same history, bit for bit.
class FitRun {
 public:
  /// `training` is handed to callbacks; `core` is what it refers to.
  FitRun(TrainerBase& training, TrainingCore& core, const data::Pipeline& data,
         const FitOptions& options);
  History run();

 private:
  /// Sums over the current epoch.
  struct Sums {
    std::int64_t steps = 0;
    std::int64_t samples = 0;
    double weighted_loss = 0;
    double mean = 0;     ///< of the batch losses, by Welford's method
    double squares = 0;  ///< sum of squared deviations from the mean
    double seconds = 0;  ///< in this epoch, up to the checkpoint it was resumed from

    void add(double batch_loss, std::int64_t batch_samples);
  };
  /// A copy of the variables and the position of the run when it was taken.
  struct Snapshot {
    Arena variables;
    data::LoaderPosition position{};
    std::int64_t steps = 0;
    bool taken = false;
  };

  void tell(const Report& report) const;
  /// Returns the end of the epoch range (exclusive), saturated at the largest integer.
  [[nodiscard]] static std::int64_t last_of(std::int64_t first, std::int64_t epochs);
  void prepare();
  /// Returns the passes over data at the end of each epoch.
  [[nodiscard]] std::vector<ForwardRequest> evaluations() const;
  [[nodiscard]] bool measures_training_data() const {
    return !options_.metrics.empty() && (options_.training_metrics || !options_.evaluation);
  }
  /// Runs one epoch; returns false if training should end.
  bool run_epoch();
  void run_step(const data::Batch& part, ProgressBar& bar);
  bool after_step();
  bool finish_epoch(ProgressBar& bar, bool goes_on);
  void evaluate_epoch(EpochResult& result);
  void watch(EpochResult& result);
  void begin_history();
  void write_history(const EpochResult& result);
  [[nodiscard]] std::string summary(const EpochResult& result) const;
  [[nodiscard]] std::int64_t copies_of_variables() const;
  /// Throws BudgetError if the sum exceeds any possible memory.
  [[nodiscard]] std::int64_t bytes_besides_the_plan(bool watches_order) const;
  void keep_best(const EpochResult& result);
  [[nodiscard]] std::string monitor_text() const;

  // The profile.
  void start_profile();
  void finish_profile();

  // Non-finite values.
  [[noreturn]] void fail_not_finite(const data::Batch& part, const std::string& what);
  void take_snapshot();
  [[noreturn]] void find_failing_step();

  // Checkpoints.
  void write_checkpoint_file(const data::LoaderPosition& position) const;
  bool resume();
  void resume_best();
  [[nodiscard]] std::filesystem::path best_file() const;

  TrainerBase& training_;  ///< for callbacks only
  TrainingCore& core_;
  data::Pipeline data_;  ///< with the batch size of an update
  FitOptions options_;   ///< a copy, since a callback may change the caller's
  std::int64_t micro_batch_;
  std::int64_t first_epoch_;
  std::int64_t last_epoch_;
  std::optional<data::Loader> loader_;
  data::LoaderPosition
      resume_at_{};  ///< counts whole batches until run() converts it to micro-batches
  bool resumed_ = false;
  Sums sums_{};
  History history_;
  Report preflight_{};
  Report epoch_report_{};
  DivergenceDetector divergence_{};
  std::optional<StreamOrder> stream_order_;  ///< first epoch only
  std::optional<EarlyStopping> early_stopping_;
  EarlyStoppingOptions monitor_;  ///< the value by which epochs are compared
  BestKeeper best_;               ///< of this fit()
  std::optional<BestModelFile> best_model_;
  Arena best_variables_;
  Snapshot snapshot_;
  std::chrono::steady_clock::time_point epoch_start_{};
  double core_wait_ = 0;  ///< counter at the start of the epoch; at its end, the wait in the epoch
  std::optional<Recording> recording_;  ///< until the profile has been reported
  std::optional<RecordingScope> records_;
  std::optional<CsvHistory> csv_;
  std::optional<TensorBoardWriter> tensorboard_;
};

}  // namespace foregraph
