#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>
#include <foregraph/detail/diagnose/non_finite.hpp>

namespace foregraph {

/// A batch whose loss or gradients were not finite. The variables keep their values from before it.
struct FailedStep {
  /// The epoch, counted from 0.
  std::int64_t epoch = 0;
  /// The batch within the epoch, counted from 0.
  std::int64_t batch = 0;
  /// Number of samples of the batch.
  std::int64_t samples = 0;
  std::vector<std::int64_t> rows{};  ///< row numbers in the data set
  PartOfBatch part{};                ///< position in the batch; no samples if it is a whole batch
  std::int64_t batch_size = 0;       ///< batch size of the layout of `inputs`
  std::vector<std::byte> inputs{};   ///< the batch exactly as the step read it
  /// The first value that was not finite.
  NonFiniteOrigin origin{};
};

/// What a training has done so far, apart from the values of its variables: its counters, the
/// preprocessing of its data, and what its last fit() left behind.
class TrainingRecord {
 public:
  /// Return the epochs and steps completed, over all calls of fit().
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }
  [[nodiscard]] std::int64_t steps() const { return steps_; }
  void step_done() { ++steps_; }
  void epoch_done() { ++epoch_; }
  /// Goes back to an earlier step, whose variables the caller has restored.
  void rewind_to(std::int64_t step) {
    if (step < 0 || step > steps_)
      throw InternalError("rewind_to: step " + std::to_string(step) + " of " +
                          std::to_string(steps_));
    steps_ = step;
  }

  /// Returns true once fit() has begun, or a state after that has been loaded: preprocessing() then
  /// is that of the training data, or null if there was none.
  [[nodiscard]] bool has_trained() const { return has_trained_; }
  [[nodiscard]] const data::Preprocessing* preprocessing() const { return preprocessing_.get(); }
  /// Returns the checkpoint path of the last fit() since construction or load(); empty if it had
  /// none.
  [[nodiscard]] const std::filesystem::path& fit_checkpoint() const { return fit_checkpoint_; }
  /// Begins the steps of a fit() with this preprocessing (null: that of before remains) and this
  /// checkpoint path. Forgets the failed step of an earlier one.
  void begin_fit(const data::Preprocessing* preprocessing, std::filesystem::path checkpoint) {
    failed_step_.reset();
    has_trained_ = true;
    fit_checkpoint_ = std::move(checkpoint);
    if (preprocessing != nullptr)
      preprocessing_ = std::make_shared<const data::Preprocessing>(*preprocessing);
  }

  /// Keeps the batch that ends fit() with a NumericsError.
  void fail(FailedStep step) { failed_step_ = std::move(step); }
  [[nodiscard]] const std::optional<FailedStep>& failed_step() const { return failed_step_; }

  /// Returns true unless `report` was the argument of the last call, so that repeated calls of
  /// fit() do not print a report again.
  [[nodiscard]] bool is_news(std::string report) {
    const bool is_new = report != told_;
    told_ = std::move(report);
    return is_new;
  }

  /// A record as a checkpoint stores it.
  struct Saved {
    std::int64_t epoch = 0;
    std::int64_t steps = 0;
    bool has_trained = false;
    std::shared_ptr<const data::Preprocessing> preprocessing{};
  };
  void restore(Saved saved) noexcept {
    epoch_ = saved.epoch;
    steps_ = saved.steps;
    has_trained_ = saved.has_trained;
    preprocessing_ = std::move(saved.preprocessing);
  }
  /// Forgets the checkpoint path of the last fit(), since a file has been loaded after it.
  void forget_fit_checkpoint() { fit_checkpoint_.clear(); }

 private:
  std::int64_t epoch_ = 0;
  std::int64_t steps_ = 0;
  bool has_trained_ = false;
  std::shared_ptr<const data::Preprocessing> preprocessing_{};
  std::filesystem::path fit_checkpoint_{};
  std::optional<FailedStep> failed_step_{};
  std::string told_{};
};

}  // namespace foregraph
