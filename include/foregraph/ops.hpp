#pragma once

/// @file
/// All ops; docs/ops.md lists them.

#include <foregraph/detail/all_ops.hpp>
