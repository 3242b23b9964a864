#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/system/machine_memory.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/compile/fit_to_budget.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/diagnose/findings/report.hpp>
#include <foregraph/detail/diagnose/preflight/gradient_graph.hpp>
#include <foregraph/detail/diagnose/preflight/stopped_gradients.hpp>

/// What can be known to go wrong before the first step of training.
namespace foregraph {

struct PreflightOptions {
  /// The second data set of fit(), looked at besides the training data.
  std::optional<Pipeline> evaluation{};
  /// As TrainerOptions::memory_budget: unset, what the machine leaves; zero: no limit.
  std::optional<Bytes> memory_budget{};
  MachineMemoryOptions machine{};
  /// What training has allocated already, and will use or free: counts as free of the machine's.
  Bytes held{};
  /// A batch over the budget will be made to fit; see TrainerOptions::fit_to_budget.
  bool fit_to_budget = false;
  /// The highest rate of a schedule; unset: what the optimizer was given.
  std::optional<double> learning_rate{};
  /// Rows looked at of each data set, at most; and seconds that reading them, and each measurement
  /// with the model, may take. What does not fit is listed as not checked.
  std::int64_t most_rows = 2048;
  double most_seconds = 0.15;
  /// Run the model: loss, learning rate, gradient noise.
  bool run_model = true;
  /// Ids of findings that are left out, of those in docs/report.md. UsageError for others.
  std::vector<std::string> silence{};
};

/// A model as preflight sees it: graphs of the same variables in the same order, all optimized.
struct PreflightModel {
  const Graph* evaluation = nullptr;  ///< forward pass: loss and outputs
  const Graph* step = nullptr;        ///< the whole training step
  const Graph* gradients = nullptr;   ///< see gradient_graph(); null: not looked at
  SplitMaker make_split{};            ///< may be empty
  /// The variables' present values, at the offsets that plans of `step` give them, which are only
  /// read; null: as they are initialised.
  const std::byte* variables = nullptr;
  /// Of `step`, in its order; empty: as the optimizer was given them.
  std::span<const double> settings{};
  /// What has_stopped_paths() says: steps do not descend along the loss's gradient.
  bool stopped_gradients = false;
};

/// Looks at the data as they will be delivered, at the model and at both together, and reports what
/// would make training fail or learn badly, each with the evidence, the consequence and the way
/// out. Takes well under a second: it samples rows, and gives up measurements that take too long.
/// Nothing that it finds is thrown, whatever the user's sources and stages throw becomes a finding.
/// A stream is not read, since what is read of it would be gone.
[[nodiscard]] Report preflight(const PreflightModel& model, const Pipeline& data,
                               const PreflightOptions& options = {});

/// The same for a model that is not in training yet. Throws GraphError if it cannot be trained.
///
///     fg::Graph g;
///     const fg::Model model = classifier(g);
///     std::cout << fg::preflight(g, model, fg::adam(1e-3), train).to_text();
template <class Optimizer>
[[nodiscard]] Report preflight(const Graph& built, const Model& model, const Optimizer& optimizer,
                               const Pipeline& data, const PreflightOptions& options = {}) {
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
