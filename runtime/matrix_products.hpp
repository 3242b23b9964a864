#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/kernels/gemm/matrix_product.hpp>
#include <foregraph/detail/planner/plan.hpp>

namespace foregraph {

/// Returns the matrix products of one step of `plan`, a plan of `graph`: for each node whose kernel
/// calls gemm(), the largest of these calls. User-defined ops are not included.
[[nodiscard]] std::vector<MatrixProduct> products_of(const Graph& graph, const Plan& plan);

}  // namespace foregraph
