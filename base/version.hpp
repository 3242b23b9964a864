#pragma once

#include <foregraph/detail/base/compiler.hpp>

/// The first part of the version.
#define FOREGRAPH_VERSION_MAJOR 0
/// The second part of the version.
#define FOREGRAPH_VERSION_MINOR 2
/// The third part of the version.
#define FOREGRAPH_VERSION_PATCH 0

/// The version as one number that grows with it: 10000 * major + 100 * minor + patch.
#define FOREGRAPH_VERSION_NUMBER \
  (FOREGRAPH_VERSION_MAJOR * 10000 + FOREGRAPH_VERSION_MINOR * 100 + FOREGRAPH_VERSION_PATCH)

/// Used by FOREGRAPH_VERSION: the second macro replaces the arguments by their values first.
#define FOREGRAPH_VERSION_TEXT_OF(major, minor, patch) #major "." #minor "." #patch
/// Used by FOREGRAPH_VERSION.
#define FOREGRAPH_VERSION_TEXT(major, minor, patch) FOREGRAPH_VERSION_TEXT_OF(major, minor, patch)
/// The version as text: "0.2.0".
#define FOREGRAPH_VERSION \
  FOREGRAPH_VERSION_TEXT(FOREGRAPH_VERSION_MAJOR, FOREGRAPH_VERSION_MINOR, FOREGRAPH_VERSION_PATCH)
