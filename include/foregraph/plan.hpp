#pragma once

/// @file
/// Everything to describe models and to plan them, in the compiler or in the program, without
/// running them. Needs no header of another library.

#include <foregraph/autodiff.hpp>
#include <foregraph/bytes.hpp>
#include <foregraph/compile.hpp>
#include <foregraph/detail/compile/peak_memory.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <foregraph/errors.hpp>
#include <foregraph/graph.hpp>
#include <foregraph/ops.hpp>
#include <foregraph/version.hpp>
