#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/kernels/gemm/matrix_product.hpp>
#include <foregraph/detail/planner/plan.hpp>

namespace foregraph {

/// The products of one step of `plan`, a plan of `graph`: for each node whose kernel calls gemm()
/// the largest of its calls. Ops of the user's own are not known, and not listed.
[[nodiscard]] std::vector<MatrixProduct> products_of(const Graph& graph, const Plan& plan);

}  // namespace foregraph
