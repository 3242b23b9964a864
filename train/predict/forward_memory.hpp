#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <foregraph/detail/runtime/training_budget.hpp>

namespace foregraph {

/// A forward graph that is to run over a data set, and the memory it may take.
struct ForwardRequest {
  const char* call = "";    ///< for messages, as "evaluate"
  const Graph* graph{};     ///< outlives the programs made for it
  const Pipeline* data{};   ///< its largest batch and prefetch depth decide the memory
  std::byte* variables{};   ///< of the model
  int threads = 0;          ///< as TrainerOptions::threads
  TrainingBudget budget{};  ///< for everything: variables, `held`, and the pass with its pipeline
  Bytes held{};             ///< taken besides, such as by a training step

  /// Returns the bytes of an arena for whole batches: inputs and transient values.
  [[nodiscard]] Bytes arena_bytes() const;
  /// Returns whether whole batches fit the budget.
  [[nodiscard]] bool fits() const;
};

/// Makes a program in memory that the caller owns, for whole batches or the largest half, quarter,
/// ... that fits in `size_bytes`. Returns null if a single sample does not fit.
[[nodiscard]] std::unique_ptr<Program> forward_program_in(const ForwardRequest& request,
                                                          std::byte* memory,
                                                          std::size_t size_bytes);

/// Programs for forward passes, in an arena of their own, so that a pass may run at any time. The
/// last programs are kept: passes over a few data sets in turn plan once each.
class ForwardMemory {
 public:
  /// Keeps up to `programs` programs.
  explicit ForwardMemory(std::size_t programs) : limit_(programs) {}

  /// Returns a program for whole batches, or the largest half, quarter, ... that fits the budget.
  /// Its input segment begins at inputs(). Throws BudgetError if a single sample does not fit.
  [[nodiscard]] Program& prepare(const ForwardRequest& request);
  [[nodiscard]] std::byte* inputs() const { return arena_.data(); }

  /// Frees everything.
  void clear();
  [[nodiscard]] Bytes allocated() const { return {static_cast<std::int64_t>(arena_.size_bytes())}; }
  /// Returns the program that prepare() returned last, or null.
  [[nodiscard]] const Program* program() const {
    return programs_.empty() ? nullptr : programs_.back().program.get();
  }

 private:
  struct Prepared {
    const Graph* graph = nullptr;
    std::int64_t batch_size = 0;  ///< asked for; the plan's may be smaller
    int prefetch = 0;
    std::unique_ptr<Program> program;
  };
  /// Makes the arena as large as the largest program needs and attaches all programs to it.
  void attach_all(std::byte* variables);

  std::size_t limit_;
  std::vector<Prepared> programs_;  ///< the last used one last
  Arena arena_;
};

}  // namespace foregraph
