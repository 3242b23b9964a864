#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/system/budget.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/compile/remedies.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/diagnose/findings/report.hpp>
#include <foregraph/detail/diagnose/preflight/gradient_graph.hpp>
#include <foregraph/detail/diagnose/preflight/stopped_gradients.hpp>
#include <foregraph/detail/planner/memory_plan.hpp>

/// Detection of problems before the first step of training.
namespace foregraph {

/// Limits of the checks before training.
struct PreflightOptions {
  /// The second data set of fit(), checked in addition to the training data.
  std::optional<data::Pipeline> evaluation{};
  /// As TrainerOptions::memory_budget.
  Budget memory_budget{};
  /// Bytes training has already allocated and will use or free; counted as free memory of the
  /// machine.
  Bytes held{};
  /// A batch over the budget will be made to fit; see TrainerOptions::fit_to_budget.
  bool fit_to_budget = false;
  /// How it may be paged; see TrainerOptions::paging.
  PagingOptions paging{};
  /// The form of the step; see TrainerOptions::loss_blocks and TrainerOptions::extra_time.
  LossBlocks loss_blocks = LossBlocks::automatic;
  double extra_time = PlanOptions{}.extra_time;  ///< as above
  /// Work spent on a placement without a gap; see TrainerOptions::search.
  std::int64_t search = default_placement_search;
  /// The highest rate of a schedule; unset: the optimizer's rate.
  std::optional<double> learning_rate{};
  /// Limits: rows examined per data set, and seconds for reading them and for each measurement with
  /// the model. Checks that exceed a limit are listed as not checked.
  std::int64_t most_rows = 2048;
  /// Seconds that reading the rows may take, and each measurement with the model.
  double most_seconds = 0.15;
  /// Run the model to check loss, learning rate and gradient noise.
  bool run_model = true;
  /// Ids of findings to leave out, as listed in docs/report.md. UsageError for unknown ids.
  std::vector<std::string> silence{};
  /// Threads of a step, as TrainerOptions::threads; their workspaces count against the budget.
  int threads = 0;
};

/// A model as seen by preflight: optimized graphs with the same variables in the same order.
struct PreflightModel {
  const Graph* evaluation = nullptr;  ///< forward pass: loss and outputs
  const Graph* step = nullptr;        ///< the whole training step
  const Graph* gradients = nullptr;   ///< see gradient_graph(); null: not checked
  SplitMaker make_split{};            ///< may be empty
  /// Current values of the variables, at the offsets in plans of `step`; read-only. Null: the
  /// initial values.
  const std::byte* variables = nullptr;
  /// Settings of `step`, in its order; empty: the optimizer's values.
  std::span<const double> settings{};
  /// Result of has_stopped_paths(): if true, steps do not descend along the loss's gradient.
  bool stopped_gradients = false;
};

/// Examines the data as they will be delivered, the model, and both together, and reports
/// everything that would make training fail or learn badly, each with evidence, consequence and
/// remedy. Takes well under a second: it samples rows, and gives up measurements that take too
/// long. Findings are never thrown, and exceptions from the user's sources and stages become
/// findings. A stream is not read, since its samples would be lost to training.
[[nodiscard]] FOREGRAPH_EXPORT Report preflight(const PreflightModel& model,
                                                const data::Pipeline& data,
                                                const PreflightOptions& options = {});

/// Runs preflight for a model that is not in training yet. Throws GraphError if it cannot be
/// trained.
///
///     fg::Graph g;
///     const fg::Model model = classifier(g);
///     std::cout << fg::preflight(g, model, fg::optim::adam(1e-3), train).to_text();
template <class Optimizer>
[[nodiscard]] Report preflight(const Graph& built, const Model& model, const Optimizer& optimizer,
                               const data::Pipeline& data, const PreflightOptions& options = {}) {
  const Graph step = training_graph(built, model, optimizer);
  const Graph evaluation = evaluation_graph(built, model);
  const Graph gradients = gradient_graph(built, model);
  const SplitMaker make_split = [&] { return split_training(built, model, optimizer); };
  return preflight({.evaluation = &evaluation,
                    .step = &step,
                    .gradients = &gradients,
                    .make_split = make_split,
                    .stopped_gradients = has_stopped_paths(built, model)},
                   data, options);
}

}  // namespace foregraph
