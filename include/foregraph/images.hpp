#pragma once

/// @file
/// Folders of PNG and JPEG images; link foregraph::images.

#include <foregraph/detail/images/read_images.hpp>
#include <foregraph/pipeline.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using data::image_classes;
using data::ImageOptions;
using data::read_images;
#endif

}  // namespace foregraph
