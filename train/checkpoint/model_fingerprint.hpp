#pragma once

#include <cstdint>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// Returns a fingerprint of the model: a hash of the computation of its loss, its outputs and the
/// updates of its own state. Two models have the same fingerprint if these consist of the same ops,
/// by name, with the same attributes, constants, shapes, dtypes, and names of inputs, variables and
/// settings. Creation order, initial values, values of settings, source locations and dead nodes
/// make no difference. The fingerprint is identical across runs, machines and compilers.
///
/// Each node's hash combines its own properties and its operands' hashes (a Merkle tree over the
/// graph); the result combines the hashes of the loss, of the outputs in order, and of the updates
/// and trained variables sorted by name. O(nodes + variables * log(variables)).
///
/// `built` is the graph as built by the model function, before gradients and passes.
[[nodiscard]] FOREGRAPH_EXPORT std::uint64_t model_fingerprint(const Graph& built,
                                                               const Model& model);

}  // namespace foregraph
