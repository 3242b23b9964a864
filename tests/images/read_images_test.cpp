#include <zlib.h>
#include <cmath>
#include <foregraph/detail/base/error.hpp>

#include "image_files.hpp"
#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(image_folders)

BOOST_AUTO_TEST_CASE(classes_are_folders_and_files_are_sorted) {
  ImageSet set;
  set.add("tulip/b.png", png_bytes(plain(2, 3, {10, 20, 30})));
  set.add("tulip/deeper/a.JPG", jpeg_bytes(plain(2, 3, {200, 200, 200})));
  set.add("tulip/a.jpeg", jpeg_bytes(plain(2, 3, {100, 100, 100})));
  set.add("rose/z.png", png_bytes(plain(2, 3, {1, 2, 3})));
  set.add("rose/notes.txt", "no image");
  set.add("rose/.thumbnail.png", "hidden");
  set.add(".cache/x.png", "hidden");
  BOOST_TEST(data::image_classes(set.path()) == (std::vector<std::string>{"rose", "tulip"}));

  const data::Dataset data = data::read_images(set.path(), {.scale = false});
  BOOST_REQUIRE(data.size() == 4);
  BOOST_TEST((data.fields()[0] == data::FieldSpec{"x", f32, {2, 3, 3}}));
  BOOST_TEST((data.fields()[1] == data::FieldSpec{"label", i32, {}}));
  const std::vector<float> first{1, 100, 10, 200};
  for (std::int64_t i = 0; i < 4; ++i) {
    BOOST_TEST(label(data, i) == (i == 0 ? 0 : 1));
    BOOST_TEST(std::abs(pixels(data, i)[0] - first[static_cast<std::size_t>(i)]) <= 1.0F);
  }
  BOOST_TEST(!data.in_memory(0));
  BOOST_TEST(data.in_memory(1));
}

BOOST_AUTO_TEST_CASE(png_values_are_exact) {
  ImageSet set;
  const Picture picture = colourful(5, 7);
  set.add("a/x.png", png_bytes(picture));
  const std::vector<float> plain_values =
      pixels(data::read_images(set.path(), {.scale = false}), 0);
  const std::vector<float> scaled = pixels(data::read_images(set.path()), 0);
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    BOOST_TEST(plain_values[i] == static_cast<float>(picture.values[i]));
    BOOST_TEST(std::abs(scaled[i] - static_cast<float>(picture.values[i]) / 255) < 1e-6F);
  }
}

BOOST_AUTO_TEST_CASE(grey_and_colour) {
  ImageSet set;
  set.add("a/1.png", png_bytes(plain(2, 2, {200, 100, 50})));
  set.add("a/2.jpg", jpeg_bytes(plain(2, 2, {200, 100, 50})));
  set.add("a/3.png", png_bytes(plain(2, 2, {77})));
  set.add("a/4.jpg", jpeg_bytes(plain(2, 2, {77})));
  const data::Dataset grey = data::read_images(set.path(), {.channels = 1, .scale = false});
  const data::Dataset colour = data::read_images(set.path(), {.scale = false});
  BOOST_TEST((grey.fields()[0].row_shape == std::vector<std::int64_t>{2, 2, 1}));
  const float luma = 0.299F * 200 + 0.587F * 100 + 0.114F * 50;
  for (const std::int64_t i : {0, 1}) {
    BOOST_TEST(std::abs(pixels(grey, i)[3] - luma) <= 1.0F);
    BOOST_TEST(std::abs(pixels(colour, i)[10] - 100) <= 2.0F);
  }
  for (const std::int64_t i : {2, 3}) {
    BOOST_TEST(std::abs(pixels(grey, i)[3] - 77) <= 1.0F);
    BOOST_TEST(pixels(colour, i) == std::vector<float>(12, pixels(grey, i)[0]));
  }
}

BOOST_AUTO_TEST_CASE(transparency_is_dropped) {
  ImageSet set;
  set.add("a/1.png", png_bytes(plain(1, 1, {200, 100, 50, 0})));
  set.add("a/2.png", png_bytes(plain(1, 1, {200, 100, 50, 128})));
  const data::Dataset data = data::read_images(set.path(), {.scale = false});
  for (const std::int64_t row : {0, 1})
    BOOST_TEST(pixels(data, row) == (std::vector<float>{200, 100, 50}));
}

BOOST_AUTO_TEST_CASE(the_content_tells_the_format) {
  ImageSet set;
  set.add("a/x.jpg", png_bytes(plain(2, 2, {1, 2, 3})));
  BOOST_TEST(pixels(data::read_images(set.path(), {.scale = false}), 0)[2] == 3.0F);
}

BOOST_AUTO_TEST_CASE(unequal_sizes_are_named) {
  ImageSet set;
  set.add("a/1.png", png_bytes(colourful(4, 6)));
  set.add("a/2.png", png_bytes(colourful(4, 6)));
  set.add("b/3.jpg", jpeg_bytes(colourful(6, 4)));
  expect<DataError>(
      [&] { (void)data::read_images(set.path()); },
      {"different sizes", "a/1.png' has 4 x 6", "b/3.jpg' has 6 x 4", "ImageOptions::size"});
  const data::Dataset data = data::read_images(set.path(), {.size = data::ImageSize{3, 5}});
  BOOST_TEST((data.fields()[0].row_shape == std::vector<std::int64_t>{3, 5, 3}));
  BOOST_TEST(pixels(data, 2).size() == 45U);
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_its_size_is_refused) {
  ImageSet set;
  set.add("a/1.png", png_bytes(colourful(4, 6)));
  const data::Dataset data = data::read_images(set.path());
  set.add("a/1.png", png_bytes(colourful(4, 7)));
  expect<DataError>([&] { (void)pixels(data, 0); }, {"a/1.png: the file has changed", "4 x 7"});
  std::filesystem::remove(set.path() / "a/1.png");
  expect<FileError>([&] { (void)pixels(data, 0); }, {"a/1.png", "No such file"});
}

BOOST_AUTO_TEST_CASE(broken_files_are_named_when_they_are_read) {
  ImageSet set;
  const std::string png = png_bytes(colourful(40, 30));
  const std::string jpeg = jpeg_bytes(colourful(40, 30));
  std::string wrong = png;
  wrong[wrong.size() / 2] = static_cast<char>(wrong[wrong.size() / 2] ^ 0x55);
  set.add("a/1.png", png);
  set.add("a/2.png", png.substr(0, png.size() / 2));
  set.add("a/3.jpg", jpeg.substr(0, jpeg.size() / 2));
  set.add("a/4.png", wrong);
  const data::Dataset data = data::read_images(set.path());  // the headers are whole
  BOOST_TEST(pixels(data, 0).size() == 3600U);
  expect<DataError>([&] { (void)pixels(data, 1); }, {"a/2.png: the PNG", "damaged or truncated"});
  expect<DataError>([&] { (void)pixels(data, 2); }, {"a/3.jpg: the JPEG", "damaged or truncated"});
  expect<DataError>([&] { (void)pixels(data, 3); }, {"a/4.png: the PNG", "damaged or truncated"});
  BOOST_TEST(pixels(data, 0).size() == 3600U);  // the decoder works on
  for (std::int64_t i = 0; i < 4; ++i) BOOST_TEST(label(data, i) == 0);
}

BOOST_AUTO_TEST_CASE(no_image_at_all) {
  for (const std::string& bytes : {std::string(), std::string("GIF89a"),
                                   std::string("\xff\xd8\xff"), std::string("\x89PNG\r\n\x1a\n")}) {
    ImageSet set;
    set.add("a/1.png", bytes);
    expect<DataError>([&] { (void)data::read_images(set.path()); }, {"a/1.png: the "});
    const data::Dataset data =
        data::read_images(set.path(), {.size = data::ImageSize{2, 2}});  // reads no header
    expect<DataError>([&] { (void)pixels(data, 0); }, {"a/1.png: the "});
  }
}

BOOST_AUTO_TEST_CASE(every_cut_and_many_changes_are_survived) {
  const std::string png = png_bytes(colourful(9, 8));
  const std::string jpeg = jpeg_bytes(colourful(9, 8), TJFLAG_PROGRESSIVE);
  ImageSet set;
  set.add("a/1.png", png);
  const data::Dataset data =
      data::read_images(set.path(), {.size = data::ImageSize{4, 4}, .max_pixels = 1000});
  int refused = 0;
  const auto try_bytes = [&](const std::string& bytes) {
    set.add("a/1.png", bytes);
    try {
      (void)pixels(data, 0);
    } catch (const DataError&) {
      ++refused;
    }
  };
  for (const std::string& whole : {png, jpeg}) {
    for (std::size_t size = 0; size < whole.size(); size += 3) try_bytes(whole.substr(0, size));
    BOOST_TEST(refused * 3 > static_cast<int>(whole.size()) * 9 / 10);
    refused = 0;
    std::uint32_t random = 7;
    set.add("a/1.png", whole);
    const std::vector<float> expected = pixels(data, 0);
    for (int run = 0; run < 300; ++run) {
      std::string changed = whole;
      for (int i = 0; i < 3; ++i) {
        random = random * 1664525 + 1013904223;
        changed[(random >> 8) % changed.size()] = static_cast<char>(random >> 24);
      }
      try_bytes(changed);
      set.add("a/1.png", whole);
      BOOST_REQUIRE(pixels(data, 0) == expected);  // nothing is left of what failed
    }
    refused = 0;
  }
}

BOOST_AUTO_TEST_CASE(decompression_bombs_are_refused) {
  // The size is claimed in the header; the data for it need not be there.
  std::string png = png_bytes(plain(1, 1, {0}));
  const auto put = [](std::string& bytes, std::size_t at, std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i)
      bytes[at + static_cast<std::size_t>(i)] =
          static_cast<char>(value >> (8 * (count - 1 - i)) & 0xff);
  };
  put(png, 16, 200'000, 4);
  put(png, 20, 100'000, 4);
  put(png, 29, static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(&png[12]), 17)),
      4);
  std::string jpeg = jpeg_bytes(plain(8, 8, {0}));
  const std::size_t frame = jpeg.find("\xff\xc0");
  put(jpeg, frame + 5, 65'000, 2);
  put(jpeg, frame + 7, 64'000, 2);
  ImageSet set;
  set.add("a/1.png", png);
  expect<DataError>([&] { (void)data::read_images(set.path()); },
                    {"a/1.png: the file claims to be 100000 x 200000", "max_pixels, 100000000"});
  const data::Dataset data = data::read_images(set.path(), {.size = data::ImageSize{1, 1}});
  expect<DataError>([&] { (void)pixels(data, 0); }, {"a/1.png: the file claims"});
  set.add("a/1.png", jpeg);
  expect<DataError>([&] { (void)pixels(data, 0); }, {"65000 x 64000"});
  set.add("a/1.png", png_bytes(plain(3, 4, {0})));
  expect<DataError>([&] { (void)data::read_images(set.path(), {.max_pixels = 11}); },
                    {"3 x 4", "max_pixels, 11", "raise the limit"});
  BOOST_TEST(data::read_images(set.path(), {.max_pixels = 12}).size() == 1);
}

BOOST_AUTO_TEST_CASE(folders_that_are_laid_out_otherwise) {
  ImageSet set;
  expect<DataError>([&] { (void)data::read_images(set.path()); },
                    {"there are no class folders", "folder/class/image.png"});
  set.add("a/notes.txt", "");
  expect<DataError>([&] { (void)data::read_images(set.path()); },
                    {"'", "/a' has no image", "remove it"});
  set.add("1.png", "");
  expect<DataError>([&] { (void)data::image_classes(set.path()); },
                    {"1.png' is not in a class folder"});
  expect<FileError>([] { (void)data::read_images("/nowhere/flowers"); },
                    {"/nowhere/flowers", "No such file"});
}

BOOST_AUTO_TEST_CASE(wrong_options) {
  expect<UsageError>([] { (void)data::read_images("x", {.channels = 4}); },
                     {"ImageOptions::channels is 4", "1 (gray) or 3"});
  expect<UsageError>(
      [] {
        (void)data::read_images("x", {.size = data::ImageSize{0, 5}});
      },
      {"ImageOptions::size is 0 x 5"});
  expect<UsageError>([] { (void)data::read_images("x", {.max_pixels = 0}); }, {"max_pixels is 0"});
}

BOOST_AUTO_TEST_SUITE_END()
