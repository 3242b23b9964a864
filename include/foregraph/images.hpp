#pragma once

/// @file
/// Folders of PNG and JPEG images; link foregraph::images.

#include <foregraph/detail/images/read_images.hpp>
