#pragma once

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::checks {

/// Returns the loss of `g`, without outputs, for predictions of equal chances: logits are 0 and
/// probabilities one half wherever a cross-entropy reads them. Whatever else is in the loss, sums
/// and factors among it, stays, so that the value is one that the loss of `g` can be compared with.
[[nodiscard]] Graph with_equal_chances(const Graph& g);

}  // namespace foregraph::checks
