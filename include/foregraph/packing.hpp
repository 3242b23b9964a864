#pragma once

/// @file
/// Placement of the buffers of any program in one arena.

#include <foregraph/detail/planner/constrained/search_constrained.hpp>
#include <foregraph/detail/planner/refine_placement.hpp>
#include <foregraph/detail/planner/search_placement.hpp>
