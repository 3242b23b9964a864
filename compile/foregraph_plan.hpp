#pragma once

// <foregraph/plan.hpp>: everything to describe models and to plan them, in the compiler or in the
// program, without the runtime. No header of another library is included.

#include <foregraph/all_ops.hpp>
#include <foregraph/autodiff/gradient.hpp>
#include <foregraph/autodiff/jacobian_products.hpp>
#include <foregraph/compile/peak_memory.hpp>
#include <foregraph/planner/validate.hpp>
