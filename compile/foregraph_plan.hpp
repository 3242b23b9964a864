#pragma once

// <foregraph/plan.hpp>: everything needed to describe and plan models, in the compiler or in the
// program, without the runtime. Includes no headers of other libraries.

#include <foregraph/all_ops.hpp>
#include <foregraph/autodiff/gradient.hpp>
#include <foregraph/autodiff/jacobian_products.hpp>
#include <foregraph/compile/peak_memory.hpp>
#include <foregraph/planner/validate.hpp>
