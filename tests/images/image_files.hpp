#pragma once

#include <png.h>
#include <turbojpeg.h>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <filesystem>
#include <foregraph/detail/images/read_images.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "support/folder.hpp"

namespace foregraph::test {

/// 8-bit values, row by row, channels together.
struct Picture {
  std::int64_t height;
  std::int64_t width;
  std::int64_t channels;
  std::vector<std::uint8_t> values;
};

/// Colours that differ from pixel to pixel.
inline Picture colourful(std::int64_t height, std::int64_t width, std::int64_t channels = 3,
                         std::uint32_t start = 1) {
  Picture picture{height, width, channels, {}};
  for (std::int64_t i = 0; i < height * width * channels; ++i)
    picture.values.push_back(
        static_cast<std::uint8_t>((start = start * 1664525 + 1013904223) >> 24));
  return picture;
}
/// One colour throughout, which JPEG keeps.
inline Picture plain(std::int64_t height, std::int64_t width, std::vector<std::uint8_t> colour) {
  Picture picture{height, width, static_cast<std::int64_t>(colour.size()), {}};
  for (std::int64_t i = 0; i < height * width; ++i)
    picture.values.insert(picture.values.end(), colour.begin(), colour.end());
  return picture;
}

/// 1 channel is grey, 3 are colours, 4 have alpha.
inline std::string png_bytes(const Picture& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.height = static_cast<png_uint_32>(picture.height);
  image.width = static_cast<png_uint_32>(picture.width);
  image.format = picture.channels == 1   ? PNG_FORMAT_GRAY
                 : picture.channels == 3 ? PNG_FORMAT_RGB
                                         : PNG_FORMAT_RGBA;
  png_alloc_size_t size = 0;
  BOOST_REQUIRE(
      png_image_write_to_memory(&image, nullptr, &size, 0, picture.values.data(), 0, nullptr) != 0);
  std::string bytes(size, '\0');
  BOOST_REQUIRE(png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.values.data(), 0,
                                          nullptr) != 0);
  bytes.resize(size);
  return bytes;
}

inline std::string jpeg_bytes(const Picture& picture, int flags = 0) {
  const tjhandle handle = tjInitCompress();
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  const bool grey = picture.channels == 1;
  const int result = tjCompress2(handle, picture.values.data(), static_cast<int>(picture.width), 0,
                                 static_cast<int>(picture.height), grey ? TJPF_GRAY : TJPF_RGB,
                                 &buffer, &size, grey ? TJSAMP_GRAY : TJSAMP_444, 98, flags);
  const std::string bytes(reinterpret_cast<const char*>(buffer), result == 0 ? size : 0);
  tjFree(buffer);
  tjDestroy(handle);
  BOOST_REQUIRE(result == 0);
  return bytes;
}

/// A folder for read_images().
class ImageSet {
 public:
  /// `name` is "class/file".
  std::filesystem::path add(const std::string& name, const std::string& bytes) {
    const std::filesystem::path path = folder_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    write_plainly(path, bytes);
    return path;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }

 private:
  Folder folder_;
};

inline std::vector<float> pixels(const data::Dataset& data, std::int64_t row) {
  std::vector<float> values(static_cast<std::size_t>(data.fields()[0].row_elements()));
  data.read(row, std::vector<std::byte*>{reinterpret_cast<std::byte*>(values.data()), nullptr});
  return values;
}
inline std::int32_t label(const data::Dataset& data, std::int64_t row) {
  std::int32_t value = -1;
  data.read(row, std::vector<std::byte*>{nullptr, reinterpret_cast<std::byte*>(&value)});
  return value;
}

}  // namespace foregraph::test
