#pragma once

#include <cstdint>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/files/safetensors.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// How to treat tensors of a file that have no variable in the graph.
enum class ExtraTensors : std::uint8_t {
  refuse,
  ignore  ///< for prediction, which needs no optimizer state
};

/// Checks that each variable of a graph has a tensor in a file, by full name, shape and dtype.
/// Otherwise, for example for the checkpoint of another model, throws one DataError that lists the
/// tensors that are missing, unexpected, or of another shape or dtype (the first three of each, and
/// how many). O((variables + tensors) * log(tensors)).
FOREGRAPH_EXPORT void check_variables(const Safetensors& file, const Graph& graph,
                                      ExtraTensors extra = ExtraTensors::refuse);

}  // namespace foregraph
