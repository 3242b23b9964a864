#include <png.h>
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/images/decode.hpp>
#include <string>

namespace foregraph::detail {
namespace {

/// Reads a PNG through libpng's regular interface. The simplified one applies gAMA chunks, blends
/// in linear light and misreads interlaced 16-bit files.
///
/// libpng reports errors by longjmp(3), which runs no destructors. Only steps() is returned to, and
/// the functions it calls have no local variables with destructors.
class PngReader {
 public:
  PngReader(FileBytes file, std::int64_t max_pixels) : file_(file) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &on_error, &on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
      destroy();
      throw DataError("cannot start the PNG decoder: not enough memory");
    }
    try {
      if (!steps(png_, *this, &PngReader::read_header)) fail();
      check_pixels(size(), max_pixels);
    } catch (...) {
      destroy();
      throw;
    }
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { destroy(); }

  [[nodiscard]] data::ImageSize size() const {
    return {static_cast<std::int64_t>(png_get_image_height(png_, info_)),
            static_cast<std::int64_t>(png_get_image_width(png_, info_))};
  }
  [[nodiscard]] bool has_colour() const {
    return (png_get_color_type(png_, info_) & PNG_COLOR_MASK_COLOR) != 0;
  }
  /// Writes `channels` values per pixel: 3, or 1 for a file without colour.
  void read(std::int64_t channels, std::uint8_t* to) {
    channels_ = channels;
    to_ = to;
    if (!steps(png_, *this, &PngReader::read_pixels)) fail();
  }

 private:
  using Steps = void (PngReader::*)();

  /// Runs `run`; returns false if libpng reported an error.
  [[gnu::noinline]] static bool steps(png_structp png, PngReader& reader, Steps run) {
    if (setjmp(png_jmpbuf(png)) != 0) return false;
    (reader.*run)();
    return true;
  }

  void read_header() {
    constexpr png_uint_32 format_limit = 0x7fffffff;
    png_set_user_limits(png_, format_limit, format_limit);  // our own limit is on pixels
    png_set_chunk_malloc_max(png_, 1U << 24);
    // Skip colour profiles, texts and animations, but verify their checksums.
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_read_fn(png_, this, &on_read);
    png_read_info(png_, info_);
  }

  void read_pixels() {
    const png_byte type = png_get_color_type(png_, info_);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png_);
    if (type == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png_);
    png_set_strip_16(png_);
    png_set_strip_alpha(png_);
    if (channels_ == 3) png_set_gray_to_rgb(png_);
    const int passes = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    const std::int64_t row_bytes = size().width * channels_;
    if (static_cast<std::int64_t>(png_get_rowbytes(png_, info_)) != row_bytes)
      png_error(png_, "rows have an unexpected size");
    const std::int64_t height = size().height;
    for (int pass = 0; pass < passes; ++pass)
      for (std::int64_t y = 0; y < height; ++y) png_read_row(png_, to_ + y * row_bytes, nullptr);
    png_read_end(png_, nullptr);
  }

  static void on_read(png_structp png, png_bytep to, std::size_t count) {
    auto& reader = *static_cast<PngReader*>(png_get_io_ptr(png));
    if (count > reader.file_.size() - reader.at_) png_error(png, "the file ends too early");
    std::memcpy(to, reader.file_.data() + reader.at_, count);
    reader.at_ += count;
  }
  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    auto& reader = *static_cast<PngReader*>(png_get_error_ptr(png));
    std::snprintf(reader.message_, sizeof reader.message_, "%s", message);
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}  // the pixels are valid

  void destroy() {
    if (png_ != nullptr) png_destroy_read_struct(&png_, &info_, nullptr);
  }
  [[noreturn]] void fail() const {
    throw DataError("the PNG file cannot be decoded (" + std::string(message_) +
                    "): it is damaged or truncated; remove it, or download it again");
  }

  FileBytes file_;
  std::size_t at_ = 0;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::int64_t channels_ = 0;
  std::uint8_t* to_ = nullptr;
  char message_[200] = {};
};

/// Returns BT.601 luma in the same fixed-point form as JPEG decoders.
std::uint8_t luma(const std::uint8_t* rgb) {
  return static_cast<std::uint8_t>((19595U * rgb[0] + 38470U * rgb[1] + 7471U * rgb[2] + 32768U) >>
                                   16);
}

}  // namespace

data::ImageSize png_size(FileBytes file, std::int64_t max_pixels) {
  return PngReader(file, max_pixels).size();
}

DecodedImage decode_png(FileBytes file, std::int64_t channels, std::int64_t max_pixels) {
  PngReader png(file, max_pixels);
  DecodedImage image{png.size(), {}};
  const auto pixels = static_cast<std::size_t>(image.size.height * image.size.width);
  const bool to_grey = channels == 1 && png.has_colour();
  const std::int64_t decoded = to_grey ? 3 : channels;
  image.values.resize(pixels * static_cast<std::size_t>(decoded));
  png.read(decoded, image.values.data());
  if (to_grey) {
    for (std::size_t i = 0; i < pixels; ++i) image.values[i] = luma(&image.values[3 * i]);
    image.values.resize(pixels);
  }
  return image;
}

}  // namespace foregraph::detail
