#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <foregraph/detail/runtime/training_budget.hpp>

namespace foregraph {

/// A forward graph to run over a data set, and the memory it may use.
struct FOREGRAPH_EXPORT ForwardRequest {
  const char* call = "";         ///< for messages, as "evaluate"
  const Graph* graph{};          ///< must outlive the programs built for it
  const data::Pipeline* data{};  ///< its largest batch and prefetch depth determine the memory
  std::byte* variables{};        ///< of the model
  int threads = 0;               ///< as TrainerOptions::threads
  TrainingBudget budget{};       ///< for variables, `held`, and the pass with its pipeline
  Bytes held{};                  ///< bytes allocated otherwise, for example by a training step

  /// Returns the arena bytes for whole batches: inputs, transient values, threads' workspaces.
  [[nodiscard]] Bytes arena_bytes() const;
  /// Returns whether whole batches fit the budget.
  [[nodiscard]] bool fits() const;
};

/// Builds a program in memory that the caller owns, for whole batches or the largest half, quarter,
/// ... that fits in `size_bytes`. Returns null if a single sample does not fit.
[[nodiscard]] FOREGRAPH_EXPORT std::unique_ptr<Program> forward_program_in(
    const ForwardRequest& request, std::byte* memory, std::size_t size_bytes);

/// Programs for forward passes in a separate arena, so that a pass may run at any time. Caches the
/// most recent programs: alternating passes over a few data sets are planned once each.
class FOREGRAPH_EXPORT ForwardMemory {
 public:
  /// Keeps up to `programs` programs.
  explicit ForwardMemory(std::size_t programs) : limit_(programs) {}

  /// Returns a program for whole batches, or the largest half, quarter, ... that fits the budget.
  /// Its input segment begins at inputs(). Throws BudgetError if a single sample does not fit.
  [[nodiscard]] Program& prepare(const ForwardRequest& request);
  [[nodiscard]] std::byte* inputs() const { return arena_.data(); }

  /// Frees the programs and the arena.
  void clear();
  [[nodiscard]] Bytes allocated() const { return {static_cast<std::int64_t>(arena_.size_bytes())}; }
  /// Returns the program last returned by prepare(), or null.
  [[nodiscard]] const Program* program() const {
    return programs_.empty() ? nullptr : programs_.back().program.get();
  }

 private:
  struct Prepared {
    const Graph* graph = nullptr;
    std::int64_t batch_size = 0;  ///< requested; the plan's may be smaller
    int prefetch = 0;
    std::unique_ptr<Program> program;
  };
  /// Resizes the arena to the largest program and attaches all programs to it.
  void attach_all(std::byte* variables);

  std::size_t limit_;
  std::vector<Prepared> programs_;  ///< most recently used last
  Arena arena_;
};

}  // namespace foregraph
