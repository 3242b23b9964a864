#pragma once

// Internal: the two formats behind one interface.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/runtime/images/read_images.hpp>

namespace foregraph::detail {

using FileBytes = std::span<const std::byte>;

/// Rows from the top, pixels from the left, channels together.
struct DecodedImage {
  ImageSize size;
  std::vector<std::uint8_t> values;
};

/// The format is told by the first bytes, not the name. Both throw DataError, with no path, for
/// other formats, broken files and more than `max_pixels`.
ImageSize image_size(FileBytes file, std::int64_t max_pixels);
DecodedImage decode_image(FileBytes file, std::int64_t channels, std::int64_t max_pixels);

ImageSize png_size(FileBytes file, std::int64_t max_pixels);
DecodedImage decode_png(FileBytes file, std::int64_t channels, std::int64_t max_pixels);
ImageSize jpeg_size(FileBytes file, std::int64_t max_pixels);
DecodedImage decode_jpeg(FileBytes file, std::int64_t channels, std::int64_t max_pixels);

/// Throws DataError for a claimed size that is empty or too large.
void check_pixels(const ImageSize& size, std::int64_t max_pixels);

}  // namespace foregraph::detail
