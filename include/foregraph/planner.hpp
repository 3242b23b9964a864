#pragma once

/// @file
/// Memory plans: making, checking and describing them, for one batch size or as formulas.

#include <foregraph/detail/planner/batch_formula.hpp>
#include <foregraph/detail/planner/plan.hpp>
#include <foregraph/detail/planner/report.hpp>
#include <foregraph/detail/planner/validate.hpp>
