#pragma once

#include <string>
#include <vector>

#include <foregraph/detail/compile/micro_batches.hpp>

namespace foregraph::cli {

/// A model's training step with one optimizer, and the conventional step it is compared with.
struct TrainingStep {
  Graph step{};
  Graph conventional{};  ///< with all gradients kept until the end
  SplitMaker make_split{};
};

/// Returns the names of the known optimizers.
[[nodiscard]] std::vector<std::string> optimizer_names();

/// Builds the training step. Throws UsageError if there is no such optimizer, GraphError if the
/// model cannot be trained.
[[nodiscard]] TrainingStep training_step(const Graph& built, const Model& model,
                                         const std::string& optimizer);

}  // namespace foregraph::cli
