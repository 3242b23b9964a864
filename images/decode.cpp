#include <algorithm>
#include <array>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/images/decode.hpp>
#include <string>

namespace foregraph::detail {
namespace {

enum class Format { png, jpeg };

template <std::size_t n>
bool starts_with(FileBytes file, const std::array<unsigned char, n>& signature) {
  return file.size() >= n && std::memcmp(file.data(), signature.data(), n) == 0;
}

Format format_of(FileBytes file) {
  if (starts_with<8>(file, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'})) return Format::png;
  if (starts_with<3>(file, {0xff, 0xd8, 0xff})) return Format::jpeg;
  throw DataError(file.empty() ? "the file is empty; remove it, or download it again"
                               : "the contents are neither PNG nor JPEG, despite the file's name; "
                                 "remove it, or convert it");
}

}  // namespace

void check_pixels(const data::ImageSize& size, std::int64_t max_pixels) {
  // Each side has at most 31 bits in both formats, and a pixel takes up to 3 bytes: 2^60 is safe.
  constexpr std::int64_t most = std::int64_t{1} << 60;
  if (size.height > 0 && size.width > 0 && size.height * size.width <= std::min(max_pixels, most))
    return;
  throw DataError("the file claims to be " + std::to_string(size.height) + " x " +
                  std::to_string(size.width) +
                  " pixels (height x width), more than ImageOptions::max_pixels, " +
                  std::to_string(max_pixels) + "; make it smaller, or raise the limit");
}

data::ImageSize image_size(FileBytes file, std::int64_t max_pixels) {
  return format_of(file) == Format::png ? png_size(file, max_pixels) : jpeg_size(file, max_pixels);
}

DecodedImage decode_image(FileBytes file, std::int64_t channels, std::int64_t max_pixels,
                          const std::optional<data::ImageSize>& enough) {
  return format_of(file) == Format::png ? decode_png(file, channels, max_pixels)
                                        : decode_jpeg(file, channels, max_pixels, enough);
}

}  // namespace foregraph::detail
