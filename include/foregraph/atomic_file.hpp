#pragma once

/// @file
/// Files that are replaced as a whole or not at all.

#include <foregraph/detail/base/files/atomic_file.hpp>
