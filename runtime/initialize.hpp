#pragma once

#include <cstdint>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/initializer.hpp>
#include <foregraph/detail/graph/shape.hpp>

namespace foregraph {

/// Fills the elements of a variable of constant shape. Element i depends only on the initializer,
/// on `variable` (the variable's index in the graph), and on i; for orthogonal matrices also on the
/// shape. Uniform numbers come from random_bits(), normal numbers from two uniform ones by the
/// Box-Muller method (1958). Orthogonal matrices temporarily allocate a copy of the elements as
/// doubles. `given` has the values of given_values(), and is needed for these alone: InternalError
/// without. Throws what they throw.
FOREGRAPH_EXPORT void initialize(void* elements, const Shape& shape, DType dtype,
                                 const Initializer& initializer, std::uint64_t variable,
                                 const StartValues* given = nullptr);

}  // namespace foregraph
