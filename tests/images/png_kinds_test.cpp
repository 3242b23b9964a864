// All kinds of PNG: bit depth, colour type, interlacing and transparency, each against the values
// that the file was made of and, where Debian's python3-pil is installed, against PIL.
#include <zlib.h>

#include <array>
#include <cstdlib>
#include <foregraph/detail/base/error.hpp>
#include <random>

#include "image_files.hpp"
#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

enum class PngColour { grey = 0, rgb = 2, palette = 3, grey_alpha = 4, rgb_alpha = 6 };

struct PngKind {
  PngColour colour = PngColour::grey;
  int depth = 8;
  bool interlaced = false;
  bool transparent = false;  ///< by a tRNS chunk

  [[nodiscard]] int samples() const {
    constexpr std::array<int, 7> of{1, 0, 3, 1, 2, 0, 4};
    return of[static_cast<std::size_t>(colour)];
  }
  [[nodiscard]] std::string name() const {
    return "colour_" + std::to_string(static_cast<int>(colour)) + "_depth_" +
           std::to_string(depth) + (interlaced ? "_interlaced" : "") +
           (transparent ? "_transparent" : "");
  }
};

std::vector<PngKind> all_png_kinds() {
  std::vector<PngKind> kinds;
  const auto add = [&](PngColour colour, std::initializer_list<int> depths, bool may_have_trns) {
    for (const int depth : depths)
      for (const bool interlaced : {false, true})
        for (const bool transparent : {false, true})
          if (!transparent || may_have_trns)
            kinds.push_back({colour, depth, interlaced, transparent});
  };
  add(PngColour::grey, {1, 2, 4, 8, 16}, true);
  add(PngColour::rgb, {8, 16}, true);
  add(PngColour::palette, {1, 2, 4, 8}, true);
  add(PngColour::grey_alpha, {8, 16}, false);
  add(PngColour::rgb_alpha, {8, 16}, false);
  return kinds;
}

/// A picture of random samples, and the file's bytes.
struct PngPicture {
  PngKind kind;
  int width = 0;
  int height = 0;
  std::vector<int> samples{};
  std::vector<std::uint8_t> palette{};
  std::string bytes{};

  [[nodiscard]] int sample(int x, int y, int s) const {
    return samples[static_cast<std::size_t>((y * width + x) * kind.samples() + s)];
  }
  /// Red, green and blue as they are to be read: transparency dropped, of 16 bits the upper 8.
  [[nodiscard]] std::array<int, 3> colour(int x, int y) const {
    if (kind.colour == PngColour::palette) {
      const auto entry = static_cast<std::size_t>(3 * sample(x, y, 0));
      return {palette[entry], palette[entry + 1], palette[entry + 2]};
    }
    const auto to_8_bits = [&](int s) {
      return kind.depth == 16 ? sample(x, y, s) >> 8
                              : sample(x, y, s) * 255 / ((1 << kind.depth) - 1);
    };
    if (kind.samples() < 3) return {to_8_bits(0), to_8_bits(0), to_8_bits(0)};
    return {to_8_bits(0), to_8_bits(1), to_8_bits(2)};
  }
};

std::string png_number(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

std::string png_chunk(const std::string& type, const std::string& content) {
  const std::string checked = type + content;
  const auto crc =
      ::crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()));
  return png_number(static_cast<std::uint32_t>(content.size())) + checked +
         png_number(static_cast<std::uint32_t>(crc));
}

/// The rows of every `dx`-th column and `dy`-th row, packed, each with filter 0.
std::string png_rows(const PngPicture& picture, int x0, int y0, int dx, int dy) {
  std::string bytes;
  if (x0 >= picture.width) return bytes;
  for (int y = y0; y < picture.height; y += dy) {
    bytes += '\0';
    int bits = 0;
    int pending = 0;
    for (int x = x0; x < picture.width; x += dx)
      for (int s = 0; s < picture.kind.samples(); ++s) {
        const int value = picture.sample(x, y, s);
        if (picture.kind.depth == 16) {
          bytes += static_cast<char>(value >> 8);
          bytes += static_cast<char>(value & 255);
          continue;
        }
        pending = pending << picture.kind.depth | value;
        bits += picture.kind.depth;
        if (bits == 8) bytes += static_cast<char>(std::exchange(pending, 0));
        bits %= 8;
      }
    if (bits > 0) bytes += static_cast<char>(pending << (8 - bits));
  }
  return bytes;
}

/// Written here, by the specification, so that no reader's library has a part in it.
std::string png_of(const PngPicture& picture, const std::string& before_data,
                   const std::string& after_data) {
  std::string rows;
  if (picture.kind.interlaced) {
    constexpr int passes[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                  {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    for (const auto& pass : passes) rows += png_rows(picture, pass[0], pass[1], pass[2], pass[3]);
  } else {
    rows = png_rows(picture, 0, 0, 1, 1);
  }
  std::string packed(::compressBound(static_cast<uLong>(rows.size())), '\0');
  auto size = static_cast<uLongf>(packed.size());
  BOOST_REQUIRE(::compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                           reinterpret_cast<const Bytef*>(rows.data()),
                           static_cast<uLong>(rows.size())) == Z_OK);
  packed.resize(size);
  std::string header = png_number(static_cast<std::uint32_t>(picture.width)) +
                       png_number(static_cast<std::uint32_t>(picture.height));
  for (const int each : {picture.kind.depth, static_cast<int>(picture.kind.colour), 0, 0,
                         picture.kind.interlaced ? 1 : 0})
    header += static_cast<char>(each);
  std::string bytes = "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", header) + before_data;
  if (!picture.palette.empty())
    bytes += png_chunk("PLTE", std::string(picture.palette.begin(), picture.palette.end()));
  if (picture.kind.transparent) {
    std::string key;
    if (picture.kind.colour == PngColour::palette)
      for (std::size_t i = 0; i < picture.palette.size() / 3; ++i) key += static_cast<char>(i * 97);
    else  // the first pixel's colour, which is then to be seen through
      for (int s = 0; s < picture.kind.samples(); ++s) {
        key += static_cast<char>(picture.sample(0, 0, s) >> 8);
        key += static_cast<char>(picture.sample(0, 0, s) & 255);
      }
    bytes += png_chunk("tRNS", key);
  }
  return bytes + png_chunk("IDAT", packed) + after_data + png_chunk("IEND", "");
}

PngPicture random_png(const PngKind& kind, std::mt19937& random,
                      const std::string& before_data = png_chunk("gAMA", png_number(30'000)),
                      const std::string& after_data = "") {
  PngPicture picture{kind, 1 + static_cast<int>(random() % 21),
                     1 + static_cast<int>(random() % 21)};
  const int levels = 1 << kind.depth;
  for (int i = 0; i < picture.width * picture.height * kind.samples(); ++i)
    picture.samples.push_back(static_cast<int>(random() % static_cast<unsigned>(levels)));
  if (kind.colour == PngColour::palette)
    for (int i = 0; i < 3 * levels; ++i)
      picture.palette.push_back(static_cast<std::uint8_t>(random()));
  picture.bytes = png_of(picture, before_data, after_data);
  return picture;
}

std::vector<int> read_png(const PngPicture& picture, std::int64_t channels) {
  ImageSet set;
  set.add("a/x.png", picture.bytes);
  const std::vector<float> values =
      pixels(data::read_images(set.path(), {.channels = channels, .scale = false}), 0);
  return {values.begin(), values.end()};
}

/// A Python with PIL, or "".
std::string python_with_pil() {
  for (const std::string python : {"python3", "/usr/bin/python3"})
    if (std::system((python + " -c 'import PIL.Image' >/dev/null 2>&1").c_str()) == 0)
      return python;
  return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(png_kinds)

BOOST_AUTO_TEST_CASE(every_kind_has_the_values_it_was_made_of) {
  const unsigned seed = std::random_device{}();
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937 random(seed);
    BOOST_REQUIRE(all_png_kinds().size() == 52U);
    for (const PngKind& kind : all_png_kinds())
      for (int round = 0; round < 5; ++round) {
        const PngPicture picture = random_png(kind, random);
        BOOST_TEST_CONTEXT(kind.name() << ", " << picture.width << " x " << picture.height) {
          const std::vector<int> colours = read_png(picture, 3);
          const std::vector<int> greys = read_png(picture, 1);
          std::size_t at = 0;
          for (int y = 0; y < picture.height; ++y)
            for (int x = 0; x < picture.width; ++x, ++at) {
              const auto [r, g, b] = picture.colour(x, y);
              BOOST_REQUIRE(colours[3 * at] == r);
              BOOST_REQUIRE(colours[3 * at + 1] == g);
              BOOST_REQUIRE(colours[3 * at + 2] == b);
              const double luma = 0.299 * r + 0.587 * g + 0.114 * b;
              BOOST_REQUIRE(std::abs(greys[at] - luma) <= 0.51);
            }
        }
      }
  }
}

BOOST_AUTO_TEST_CASE(every_kind_is_read_as_by_pil) {
  const std::string python = python_with_pil();
  if (python.empty()) {
    BOOST_TEST_MESSAGE("skipped: PIL is not installed (on Debian: apt-get install python3-pil)");
    return;
  }
  // PIL clips 16 bits of grey to 255 where it converts them: the upper 8 are taken before.
  constexpr const char* script =
      "import os, sys\n"
      "from PIL import Image\n"
      "for name in sorted(os.listdir(sys.argv[1])):\n"
      "    image = Image.open(os.path.join(sys.argv[1], name))\n"
      "    if image.mode[0] == 'I':\n"
      "        grey = Image.new('L', image.size)\n"
      "        grey.putdata([value >> 8 for value in image.getdata()])\n"
      "        image = grey\n"
      "    open(os.path.join(sys.argv[2], name + '.rgb'), "
      "'wb').write(image.convert('RGB').tobytes())\n"
      "    open(os.path.join(sys.argv[2], name + '.grey'), "
      "'wb').write(image.convert('L').tobytes())\n";
  const unsigned seed = std::random_device{}();
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937 random(seed);
    ImageSet set;
    std::vector<PngPicture> pictures;
    for (const PngKind& kind : all_png_kinds()) {
      pictures.push_back(random_png(kind, random));
      set.add("a/" + kind.name() + ".png", pictures.back().bytes);
    }
    const Folder results;
    write_plainly(results / "read.py", script);
    BOOST_REQUIRE(std::system((python + " " + (results / "read.py").string() + " " +
                               (set.path() / "a").string() + " " + results.path().string())
                                  .c_str()) == 0);
    for (const PngPicture& picture : pictures) {
      BOOST_TEST_CONTEXT(picture.kind.name()) {
        for (const std::int64_t channels : {1, 3}) {
          const std::string name = picture.kind.name() + (channels == 3 ? ".png.rgb" : ".png.grey");
          const std::string expected = content_of(results / name.c_str());
          const std::vector<int> got = read_png(picture, channels);
          BOOST_REQUIRE(got.size() == expected.size());
          for (std::size_t i = 0; i < got.size(); ++i)
            BOOST_REQUIRE(got[i] == static_cast<int>(static_cast<unsigned char>(expected[i])));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(chunks_around_the_pixels_change_nothing) {
  std::mt19937 random(1);
  const std::string frame = png_chunk("acTL", png_number(2) + png_number(0));
  const std::string profile =
      png_chunk("sRGB", std::string(1, '\1')) + png_chunk("sBIT", "\5\5\5") +
      png_chunk("pHYs", png_number(1) + png_number(9) + '\1') +
      png_chunk("eXIf", std::string("MM\0\x2a", 4)) + png_chunk("teSt", "what is this?");
  const PngPicture picture =
      random_png({PngColour::rgb, 8}, random, frame + profile,
                 png_chunk("fdAT", std::string(30, 'x')) + png_chunk("tEXt", "Comment\0text"));
  const auto [r, g, b] = picture.colour(0, 0);
  const std::vector<int> got = read_png(picture, 3);
  BOOST_TEST((got[0] == r && got[1] == g && got[2] == b));
}

BOOST_AUTO_TEST_CASE(damaged_files_are_refused) {
  std::mt19937 random(2);
  const std::string comment = png_chunk("tEXt", "Comment: nothing");
  for (const bool interlaced : {false, true}) {
    const PngPicture whole = random_png({PngColour::rgb, 16, interlaced}, random, comment, comment);
    const auto refused = [&](const std::string& bytes, const char* why) {
      PngPicture damaged = whole;
      damaged.bytes = bytes;
      expect<DataError>([&] { (void)read_png(damaged, 3); },
                        {"x.png: the PNG file cannot be decoded", why, "damaged or truncated"});
    };
    (void)read_png(whole, 3);
    for (std::size_t size = 8; size < whole.bytes.size(); size += 5)
      refused(whole.bytes.substr(0, size), "the file ends too early");
    for (const char* type : {"IHDR", "tEXt", "IDAT", "IEND"}) {
      std::string bytes = whole.bytes;  // a wrong checksum, whatever the chunk is for
      const std::size_t at = bytes.find(type);
      const auto length = static_cast<unsigned char>(bytes[at - 1]) +
                          static_cast<std::size_t>(static_cast<unsigned char>(bytes[at - 2])) * 256;
      bytes[at + 4 + length] = static_cast<char>(bytes[at + 4 + length] ^ 1);
      refused(bytes, "CRC error");
    }
    std::string unknown = whole.bytes;
    unknown.insert(unknown.find("IDAT") - 4, png_chunk("NEWC", "needed to read the pixels"));
    refused(unknown, "NEWC");
  }
  PngPicture no_palette = random_png({PngColour::palette, 4}, random);
  no_palette.palette.clear();
  no_palette.bytes = png_of(no_palette, "", "");
  expect<DataError>([&] { (void)read_png(no_palette, 3); }, {"x.png: the PNG file", "PLTE"});
}

BOOST_AUTO_TEST_SUITE_END()
