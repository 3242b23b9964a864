#include <png.h>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/images/decode.hpp>
#include <string>

namespace foregraph::detail {
namespace {

/// libpng's simplified interface: it keeps its own errors, and frees all on the way out.
class Png {
 public:
  Png(FileBytes file, std::int64_t max_pixels) {
    image_.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_memory(&image_, file.data(), file.size()) == 0) fail();
    try {
      check_pixels(size(), max_pixels);
    } catch (...) {
      png_image_free(&image_);
      throw;
    }
  }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;
  ~Png() { png_image_free(&image_); }

  [[nodiscard]] ImageSize size() const {
    return {static_cast<std::int64_t>(image_.height), static_cast<std::int64_t>(image_.width)};
  }
  [[nodiscard]] bool has_colour() const { return (image_.format & PNG_FORMAT_FLAG_COLOR) != 0; }
  /// Writes 3 values a pixel, or one.
  void read(bool colour, std::uint8_t* to) {
    image_.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    image_.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // as 8-bit files are
    const png_color white{255, 255, 255};
    if (png_image_finish_read(&image_, &white, to, 0, nullptr) == 0) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw DataError("the PNG file cannot be decoded (" + std::string(image_.message) +
                    "): it is broken or cut short; remove it, or get it anew");
  }
  png_image image_{};
};

/// BT.601's luma, in the fixed-point form that JPEG decoders have too.
std::uint8_t luma(const std::uint8_t* rgb) {
  return static_cast<std::uint8_t>((19595U * rgb[0] + 38470U * rgb[1] + 7471U * rgb[2] + 32768U) >>
                                   16);
}

}  // namespace

ImageSize png_size(FileBytes file, std::int64_t max_pixels) {
  return Png(file, max_pixels).size();
}

DecodedImage decode_png(FileBytes file, std::int64_t channels, std::int64_t max_pixels) {
  Png png(file, max_pixels);
  DecodedImage image{png.size(), {}};
  const auto pixels = static_cast<std::size_t>(image.size.height * image.size.width);
  // libpng would make grey by linear light, unlike JPEG decoders: so the luma is taken here.
  const bool to_grey = channels == 1 && png.has_colour();
  const bool colour = channels == 3 || to_grey;
  image.values.resize(pixels * (colour ? 3 : 1));
  png.read(colour, image.values.data());
  if (to_grey) {
    for (std::size_t i = 0; i < pixels; ++i) image.values[i] = luma(&image.values[3 * i]);
    image.values.resize(pixels);
  }
  return image;
}

}  // namespace foregraph::detail
