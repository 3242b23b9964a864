#pragma once

/// @file
/// Sizes in bytes, with literals such as 64_MiB.

#include <foregraph/detail/base/bytes.hpp>
