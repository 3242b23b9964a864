#pragma once

/// @file
/// All ops; docs/ops.md lists them.

#include <foregraph/detail/all_ops.hpp>
#include <foregraph/nn.hpp>
#include <foregraph/optim.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
/// Use select().
[[nodiscard]] constexpr Tensor where(Argument condition, Argument a, Argument b,
                                     Location at = Location::current()) {
  return select(condition, a, b, at);
}
#endif

}  // namespace foregraph
