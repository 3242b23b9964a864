// PNG files by read_images(): as they come, with the chunks' checksums made right, and made of
// chunks whose image data the target packs.
#include <algorithm>

#include "images.hpp"

namespace foregraph::fuzz {
namespace {

constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n";

std::string png_chunk(std::string_view type, std::string_view content) {
  std::string checked = std::string(type) + std::string(content);
  return big_endian(content.size(), 4) + checked + big_endian(crc_of(checked), 4);
}

std::uint32_t png_length(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

/// The file with the checksum that each chunk should have.
std::string png_with_checksums(std::string_view file) {
  std::string result(file.substr(0, png_signature.size()));
  file.remove_prefix(result.size());
  while (file.size() >= 12) {
    const std::size_t length = std::min<std::size_t>(png_length(file), file.size() - 12);
    result += file.substr(0, 4);
    const std::string_view checked = file.substr(4, length + 4);
    result += checked;
    result += big_endian(crc_of(checked), 4);
    file.remove_prefix(length + 12);
  }
  return result + std::string(file);
}

struct PngHeader {
  unsigned width = 1;
  unsigned height = 1;
  unsigned depth = 8;
  unsigned colour = 2;
  unsigned interlace = 0;
};

std::string png_header(const PngHeader& header) {
  std::string content = big_endian(header.width, 4) + big_endian(header.height, 4);
  for (const unsigned value : {header.depth, header.colour, 0U, 0U, header.interlace})
    content += static_cast<char>(value);
  return png_chunk("IHDR", content);
}

/// Chunks as the input says: a byte for the type, one for the length, the content.
std::string png_made_of(Input& input) {
  PngHeader header;
  header.width = 1U + input.byte() % 40U;
  header.height = 1U + input.byte() % 40U;
  header.depth = input.pick(std::array{8U, 16U, 1U, 2U, 4U, 3U});
  header.colour = input.pick(std::array{2U, 6U, 0U, 3U, 4U, 1U});
  header.interlace = input.pick(std::array{0U, 1U, 0U, 1U, 2U});
  std::string file = std::string(png_signature) + png_header(header);
  for (std::size_t chunk = input.below(5); chunk > 0; --chunk) {
    const char* const type = input.pick(std::array<const char*, 11>{
        "PLTE", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "bKGD", "sBIT", "tEXt", "IDAT", "zzZz"});
    const std::size_t length = input.byte();
    file += png_chunk(type, input.take(length));
  }
  const bool compressed = input.below(2) != 0;
  const std::string image = zlib_stream(input.rest(), compressed);
  const std::size_t half = image.size() / 2;
  return file + png_chunk("IDAT", std::string_view(image).substr(0, half)) +
         png_chunk("IDAT", std::string_view(image).substr(half)) + png_chunk("IEND", {});
}

void run_png(Input& input) {
  const std::size_t way = input.below(3);
  const std::string options(input.take(3));
  Input for_reader(options);
  if (way == 0)
    read_image_file(for_reader, input.rest());
  else if (way == 1)
    read_image_file(for_reader, png_with_checksums(input.rest()));
  else
    read_image_file(for_reader, png_made_of(input));
}

/// Of the colour types 0, 2, 3, 4 and 6.
unsigned png_channels(unsigned colour) {
  return colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1;
}

std::vector<std::string> png_seeds() {
  using namespace std::string_literals;
  std::vector<std::string> seeds;
  for (const auto& [depth, colour] :
       {std::pair{8U, 2U}, {16U, 6U}, {1U, 0U}, {4U, 3U}, {16U, 4U}}) {
    for (const unsigned interlace : {0U, 1U}) {
      // Rows of the filter's byte and values; an interlaced image has more, shorter rows.
      const unsigned row = 1 + (3 * png_channels(colour) * depth + 7) / 8;
      std::string values;
      for (unsigned i = 0; i < 3 * row + (interlace != 0 ? 8 : 0); ++i)
        values += static_cast<char>(i % row == 0 || interlace != 0 ? 0 : 37 * i);
      std::string file = std::string(png_signature) + png_header({3, 3, depth, colour, interlace});
      if (colour == 3)
        file += png_chunk("PLTE", std::string(48, '\x60')) + png_chunk("tRNS", "\1\2"s);
      if (colour == 2) file += png_chunk("gAMA", big_endian(45455, 4));
      file += png_chunk("IDAT", zlib_stream(values, true)) + png_chunk("IEND", {});
      seeds.push_back("\0\0\0\0"s + file);
      seeds.push_back("\1\5\2\3"s + file);
    }
  }
  seeds.push_back("\2\0\0\0\2\2\0\0\0\0\0"s + std::string(30, '\0'));
  seeds.push_back("\2\1\0\0\2\2\0\3\1\2\0\14"s + std::string(12, '\x70') + "\1\1\0\1"s +
                  std::string(40, '\1'));
  return seeds;
}

const Registered png_target({"png", &run_png, &png_seeds});

}  // namespace
}  // namespace foregraph::fuzz
