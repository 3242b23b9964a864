#pragma once

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::checks {

/// Returns a graph of the loss of `g`, without outputs, for predictions of equal chances: logits
/// are 0 and probabilities one half wherever a cross-entropy reads them. The rest of the loss, such
/// as sums and factors, is unchanged, so that the value is comparable with the loss of `g`.
[[nodiscard]] Graph with_equal_chances(const Graph& g);

}  // namespace foregraph::checks
