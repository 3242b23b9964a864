#pragma once

// Internal: the two formats behind one interface.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <foregraph/detail/images/read_images.hpp>

namespace foregraph::detail {

using FileBytes = std::span<const std::byte>;

/// Rows from the top, pixels from the left, channels together.
struct DecodedImage {
  ImageSize size;
  std::vector<std::uint8_t> values;
  /// How many pixels of the file each one stands for, along both sides. The last of a row or column
  /// may reach beyond the file's edge.
  std::int64_t reduced_by = 1;
  ImageSize file_size = size;
};

/// The format is told by the first bytes, not the name. Both throw DataError, with no path, for
/// other formats, broken files and more than `max_pixels`.
ImageSize image_size(FileBytes file, std::int64_t max_pixels);
/// With `enough`, an image that is larger on both sides may come smaller, but not than that.
DecodedImage decode_image(FileBytes file, std::int64_t channels, std::int64_t max_pixels,
                          const std::optional<ImageSize>& enough);

ImageSize png_size(FileBytes file, std::int64_t max_pixels);
DecodedImage decode_png(FileBytes file, std::int64_t channels, std::int64_t max_pixels);
ImageSize jpeg_size(FileBytes file, std::int64_t max_pixels);
DecodedImage decode_jpeg(FileBytes file, std::int64_t channels, std::int64_t max_pixels,
                         const std::optional<ImageSize>& enough);

/// Throws DataError for a claimed size that is empty or too large.
void check_pixels(const ImageSize& size, std::int64_t max_pixels);

}  // namespace foregraph::detail
