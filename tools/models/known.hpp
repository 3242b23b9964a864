#pragma once

#include <vector>

#include <foregraph/models.hpp>
#include <foregraph/tools/command_line.hpp>

namespace foregraph::models {

/// The models of the `foregraph` command.
[[nodiscard]] inline std::vector<NamedModel> known() {
  return {
      {"w1_logistic", "dense 10-1, sigmoid; binary cross-entropy", w1_logistic},
      {"w2_linear", "dense 2-1; mean squared error", w2_linear},
      {"w3_wide_data", "dense 100-32-1, relu, sigmoid; binary cross-entropy", w3_wide_data},
      {"w4_mlp", "dense 784-512-512-10, relu; softmax cross-entropy", w4_mlp},
  };
}

}  // namespace foregraph::models
