#pragma once

/// @file
/// What fits a memory budget: batch sizes, micro-batches, recomputation.

#include <foregraph/detail/compile/fit_to_budget.hpp>
#include <foregraph/detail/planner/budget.hpp>
