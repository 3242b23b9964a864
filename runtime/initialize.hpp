#pragma once

#include <cstddef>
#include <cstdint>

#include <foregraph/graph/dtype.hpp>
#include <foregraph/graph/initializer.hpp>

namespace foregraph {

/// Fills `count` elements. Element i depends only on the initializer, `variable` (its index in the
/// graph) and i: uniform numbers from random_bits(), normal ones from two of those by Box and
/// Muller's method (1958).
void initialize(void* elements, std::int64_t count, DType dtype, const Initializer& initializer,
                std::uint64_t variable);

}  // namespace foregraph
