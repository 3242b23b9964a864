#pragma once

#include <cstdint>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/graph/initializer.hpp>
#include <foregraph/detail/graph/shape.hpp>

namespace foregraph {

/// Fills the elements of a variable of constant shape. They depend only on the initializer,
/// `variable` (its index in the graph), and the shape or, without orthogonal matrices, on nothing
/// but their own index: uniform numbers from random_bits(), normal ones from two of those by Box
/// and Muller's method (1958). Orthogonal matrices take doubles for one more copy of the elements
/// meanwhile.
void initialize(void* elements, const Shape& shape, DType dtype, const Initializer& initializer,
                std::uint64_t variable);

}  // namespace foregraph
