#pragma once

#include "support/op_check.hpp"

namespace foregraph::test {

/// A reduction of operands of the same shape, and what it should be: a function of the elements, of
/// each operand, that go to one result.
using Reduction = FunctionRef<Tensor(const std::vector<Tensor>&, Axes)>;
using Group = std::vector<double>;
using ReductionReference = FunctionRef<double(const std::vector<Group>&)>;

/// Compares them over every set of axes of shapes of many patterns, odd sizes and sizes of one.
void check_reduction(const Reduction& f, const ReductionReference& reference,
                     const std::vector<DType>& dtypes, std::size_t operands = 1, double low = -2,
                     double high = 2);

/// What reductions refuse: a wrong axis, an axis twice, bool (and integers, if `only_floating`).
void check_reduction_faults(const std::string& name, const Reduction& f, std::size_t operands = 1,
                            bool only_floating = false);

}  // namespace foregraph::test
