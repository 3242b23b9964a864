#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/planner/plan.hpp>

namespace foregraph {

/// A product of matrices [m,k] . [k,n] that a kernel has gemm() compute.
struct MatrixProduct {
  DType dtype = f32;
  std::int64_t m = 0, n = 0, k = 0;
};

/// The products of one step of `plan`, a plan of `graph`: for each node whose kernel calls gemm()
/// the largest of its calls. Ops of the user's own are not known, and not listed.
[[nodiscard]] std::vector<MatrixProduct> products_of(const Graph& graph, const Plan& plan);

}  // namespace foregraph
