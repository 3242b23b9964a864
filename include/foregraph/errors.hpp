#pragma once

/// @file
/// The exceptions that the library throws.

#include <foregraph/detail/base/error.hpp>
