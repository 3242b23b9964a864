#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/compile/fit_to_budget.hpp>
#include <foregraph/detail/runtime/program.hpp>

namespace foregraph {

/// A training step with its memory, ready to run on whole batches or, part by part, on batches that
/// are too large for the budget. The variables are the caller's.
class PreparedStep {
 public:
  /// Allocates what `fitted` plans. `settings` are values of the settings of `step`, the graph of
  /// the whole step, which has the names of all. Throws UsageError if `threads` is no
  /// number for Program::use_threads().
  PreparedStep(FittedStep fitted, const Graph& step, std::span<const double> settings,
               std::byte* variables, std::span<const SpecialisedRegion> specialised, int threads);

  /// The program that reads the batches: of the whole step, or of a part.
  [[nodiscard]] Program& program() { return *program_; }
  [[nodiscard]] const Program& program() const { return *program_; }
  [[nodiscard]] const Answer& answer() const { return answer_; }
  [[nodiscard]] bool in_parts() const { return answer_.part < answer_.batch; }
  [[nodiscard]] const Arena& work() const { return work_; }

  /// Gives setting `setting` of the whole step its value in all programs that have it.
  void set(std::size_t setting, double value);
  /// Makes ready for the first batch: whatever an interrupted one has left is gone.
  void restart();
  /// Runs the step on a whole batch, or its first or next part, of `size` samples in `slot`. With
  /// the part that completes `batch_size` samples the parameters are updated. True if they were;
  /// loss() then is that of the batch.
  bool run(std::int64_t size, std::int64_t slot, std::int64_t batch_size);
  [[nodiscard]] double loss() const { return loss_; }

 private:
  Answer answer_{};
  SplitStep split_{};  ///< for weights; its graphs have become programs
  Arena work_;
  std::byte* sums_ = nullptr;
  std::int64_t sums_bytes_ = 0;
  std::unique_ptr<Program> program_;
  std::unique_ptr<Program> apply_;
  std::size_t weight_ = 0;  ///< index of the part's setting
  /// By setting of the whole step: which it is in program_ and in apply_, or -1.
  std::vector<std::array<std::ptrdiff_t, 2>> settings_{};
  std::int64_t samples_ = 0;
  double loss_ = 0;
};

}  // namespace foregraph
