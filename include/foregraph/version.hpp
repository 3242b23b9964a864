#pragma once

/// @file
/// The version of the library.

/// The first part of the version.
#define FOREGRAPH_VERSION_MAJOR 0
/// The second part of the version.
#define FOREGRAPH_VERSION_MINOR 1
/// The third part of the version.
#define FOREGRAPH_VERSION_PATCH 0

/// The version as one number that grows with it: 10000 * major + 100 * minor + patch.
#define FOREGRAPH_VERSION_NUMBER \
  (FOREGRAPH_VERSION_MAJOR * 10000 + FOREGRAPH_VERSION_MINOR * 100 + FOREGRAPH_VERSION_PATCH)
