#pragma once

#include <cstdint>

#include <foregraph/detail/base/files/safetensors.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// What to do with tensors of a file for which a graph has no variable.
enum class ExtraTensors : std::uint8_t {
  refuse,
  ignore  ///< as for prediction, which needs no optimizer state
};

/// Compares the tensors of a file with the variables of a graph, by full name, shape and dtype.
/// Returns if each variable has its tensor. Otherwise throws one DataError that lists what is
/// missing, unexpected, or of another shape or dtype (the first three of each, and how many): as
/// for the checkpoint of another model. O((variables + tensors) * log(tensors)).
void check_variables(const Safetensors& file, const Graph& graph,
                     ExtraTensors extra = ExtraTensors::refuse);

}  // namespace foregraph
