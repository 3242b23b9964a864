#pragma once

#include <cstdint>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph {

/// A number that says which model it is: what the loss, the outputs and the updates of the model's
/// own state are computed from. Two models have the same if those are made of the same ops, by
/// name, with the same attributes, constants, shapes, dtypes, names of inputs, variables and
/// settings. The order in which the program made them, initial values, values of settings, source
/// locations and what nothing depends on make no difference. The same in every run, on every
/// machine and with every compiler.
///
/// Each node's hash is made of its own properties and its operands' hashes (a Merkle tree over the
/// graph); the result of those of the loss, the outputs in order, and the updates and trained
/// variables in the order of their names. O(nodes + variables * log(variables)).
///
/// `built` is what the model function has built, before gradients and passes.
[[nodiscard]] std::uint64_t model_fingerprint(const Graph& built, const Model& model);

}  // namespace foregraph
