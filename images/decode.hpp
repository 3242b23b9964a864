#pragma once

// Internal: decodes both formats behind one interface.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <foregraph/detail/images/read_images.hpp>

namespace foregraph::detail {

using FileBytes = std::span<const std::byte>;

/// Pixels in rows from the top, left to right, with interleaved channels.
struct DecodedImage {
  data::ImageSize size;
  std::vector<std::uint8_t> values;
  /// File pixels per decoded pixel along each side. The last pixel of a row or column may extend
  /// beyond the file's edge.
  std::int64_t reduced_by = 1;
  data::ImageSize file_size = size;
};

/// Returns the size of an image. The format is detected from the first bytes, not the name. Like
/// decode_image(), throws DataError, without a path, for other formats, broken files and images of
/// more than `max_pixels`.
data::ImageSize image_size(FileBytes file, std::int64_t max_pixels);
/// Decodes an image. If `enough` is set and the image is larger on both sides, the result may be
/// smaller than the image, but not smaller than `enough`.
DecodedImage decode_image(FileBytes file, std::int64_t channels, std::int64_t max_pixels,
                          const std::optional<data::ImageSize>& enough);

data::ImageSize png_size(FileBytes file, std::int64_t max_pixels);
DecodedImage decode_png(FileBytes file, std::int64_t channels, std::int64_t max_pixels);
data::ImageSize jpeg_size(FileBytes file, std::int64_t max_pixels);
DecodedImage decode_jpeg(FileBytes file, std::int64_t channels, std::int64_t max_pixels,
                         const std::optional<data::ImageSize>& enough);

/// Throws DataError for a claimed size that is empty or too large.
void check_pixels(const data::ImageSize& size, std::int64_t max_pixels);

}  // namespace foregraph::detail
