#pragma once

#include <foregraph/detail/images/read_images.hpp>

#include "support.hpp"

namespace foregraph::fuzz {

/// Reads an image with read_images(), in a few ways that `input` chooses: grey or coloured, as it
/// is or resized.
void read_image_file(Input& input, std::string_view content);

}  // namespace foregraph::fuzz
