#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/files/page_file.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/compile/remedies.hpp>
#include <foregraph/detail/runtime/program.hpp>

namespace foregraph {

/// A training step with its memory, ready to run on whole batches or, part by part, on batches that
/// are too large for the budget. The caller owns the variables.
class FOREGRAPH_EXPORT PreparedStep {
 public:
  /// Allocates the memory planned by `fitted`. `settings` are the values of the settings of `step`,
  /// the graph of the whole step, which names all of them. Throws UsageError if `threads` is not
  /// valid for Program::use_threads(), FileError if there is no file for a paged step.
  PreparedStep(StepWithinBudget fitted, const Graph& step, std::span<const double> settings,
               std::byte* variables, std::span<const SpecialisedRegion> specialised, int threads);

  /// Returns the program that reads the batches: of the whole step, or of a part.
  [[nodiscard]] Program& program() { return *program_; }
  [[nodiscard]] const Program& program() const { return *program_; }
  [[nodiscard]] const RemedyResult& remedy() const { return answer_; }
  [[nodiscard]] bool in_parts() const { return answer_.part < answer_.batch; }
  [[nodiscard]] const Arena& work() const { return work_; }

  /// Sets setting `setting` of the whole step in all programs that have it.
  void set(std::size_t setting, double value);
  /// Prepares for the first batch and discards the partial sums of an interrupted one.
  void restart();
  /// Runs the step on the `size` samples in `slot`: a whole batch, or its first or next part.
  /// Updates the parameters when `batch_size` samples are complete. Returns true if they were
  /// updated; loss() is then the loss of the batch.
  bool run(std::int64_t size, std::int64_t slot, std::int64_t batch_size);
  [[nodiscard]] double loss() const { return loss_; }
  /// Returns the position of the part that run() computed last, with no samples for whole batches.
  [[nodiscard]] const PartOfBatch& part() const { return part_; }

 private:
  RemedyResult answer_{};
  SplitStep split_{};  ///< only for weight(); its graphs were moved into the programs
  Arena work_;
  std::byte* sums_ = nullptr;
  std::int64_t sums_bytes_ = 0;
  std::unique_ptr<PageFile> pages_;  ///< of a step with paged values
  std::unique_ptr<Program> program_;
  std::unique_ptr<Program> apply_;
  std::size_t weight_ = 0;  ///< index of the setting for the weight of a part
  PartSettings part_settings_{};
  PartOfBatch part_{};
  /// By setting of the whole step: its index in program_ and in apply_, or -1.
  std::vector<std::array<std::ptrdiff_t, 2>> settings_{};
  std::int64_t samples_ = 0;
  double loss_ = 0;
};

}  // namespace foregraph
