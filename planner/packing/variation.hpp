#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/planner/packing/random.hpp>
#include <foregraph/detail/planner/packing/sections.hpp>

namespace foregraph::packing {

/// Moves each buffer whose `over`, the bytes by which it ends above the target, is positive forward
/// by a random distance: the further above, the further (squeaky wheel: Joslin and Clements, 1999).
void move_forward(std::vector<Index>& rank, const std::vector<std::int64_t>& over, Random& random);

}  // namespace foregraph::packing
