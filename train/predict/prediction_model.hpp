#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// What a trainer or predictor computes in prediction, and with which values: for programs that
/// write models in other formats. Refers to the trainer or predictor, and shows its present values.
struct PredictionModel {
  const Graph* graph = nullptr;                      ///< of the outputs alone, in evaluation
  std::span<const std::string> output_names{};       ///< in the order of graph->outputs
  std::span<const double> settings{};                ///< in the order of graph->settings
  const std::byte* variables = nullptr;              ///< the memory of the variables
  std::span<const std::int64_t> variable_offsets{};  ///< in the order of graph->variables, in bytes
};

}  // namespace foregraph
