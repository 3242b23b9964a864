#pragma once

/// @file
/// Ops of your own, with a shape rule, a gradient and a kernel; see docs/adding_an_op.md.

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/graph/vjp.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/kernels/user_kernel.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/elementwise.hpp>
