#pragma once

/// @file
/// Gradients of any order, and products with Jacobians and Hessians.

#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/autodiff/jacobian_products.hpp>
