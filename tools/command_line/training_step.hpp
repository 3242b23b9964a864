#pragma once

#include <string>
#include <vector>

#include <foregraph/detail/compile/micro_batches.hpp>

namespace foregraph::cli {

/// A model's training step with one optimizer, and what it is compared with.
struct TrainingStep {
  Graph step{};
  Graph conventional{};  ///< with all gradients kept to the end
  SplitMaker make_split{};
};

/// The optimizers known by name.
[[nodiscard]] std::vector<std::string> optimizer_names();

/// Throws UsageError if there is no such optimizer, GraphError if the model cannot be trained.
[[nodiscard]] TrainingStep training_step(const Graph& built, const Model& model,
                                         const std::string& optimizer);

}  // namespace foregraph::cli
