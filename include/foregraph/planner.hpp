#pragma once

/// @file
/// Memory plans: making, checking and describing them, for one batch size or as formulas.

#include <foregraph/detail/planner/batch_formula.hpp>
#include <foregraph/detail/planner/order_free_bound.hpp>
#include <foregraph/detail/planner/plan.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/planner/validate.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
/// Use plan_report().
[[nodiscard]] inline std::string report(const Graph& step_graph, const Plan& plan) {
  return plan_report(step_graph, plan);
}
#endif

}  // namespace foregraph
