#pragma once

/// @file
/// The version of the library.

#include <foregraph/detail/base/version.hpp>
