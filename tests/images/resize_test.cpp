#include <algorithm>
#include <cmath>
#include <numeric>
#include <thread>

#include "image_files.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

std::vector<float> resized(const Picture& picture, const data::ImageSize& size) {
  ImageSet set;
  set.add("a/x.png", png_bytes(picture));
  return pixels(
      data::read_images(set.path(), {.channels = picture.channels, .size = size, .scale = false}),
      0);
}

void close(const std::vector<float>& got, const std::vector<float>& expected) {
  BOOST_REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    BOOST_TEST(std::abs(got[i] - expected[i]) < 1e-3F,
               "value " << i << ": " << got[i] << ", expected " << expected[i]);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resized_images)

BOOST_AUTO_TEST_CASE(enlarging_interpolates_between_centres) {
  // The centres of the results lie at 0.25, 0.75, 1.25, 1.75 source pixels.
  close(resized({1, 2, 1, {0, 100}}, {2, 4}), {0, 25, 75, 100, 0, 25, 75, 100});
}

BOOST_AUTO_TEST_CASE(shrinking_weighs_all_pixels_by_a_triangle) {
  // Centres 1 and 3, two source pixels to each side; the weights 0.75, 0.75, 0.25 add up to 1.75.
  close(resized({2, 4, 1, {0, 70, 140, 210, 0, 70, 140, 210}}, {1, 2}),
        {(0.75F * 70 + 0.25F * 140) / 1.75F, (0.25F * 70 + 0.75F * 140 + 0.75F * 210) / 1.75F});
}

BOOST_AUTO_TEST_CASE(the_centre_is_cut_out) {
  Picture picture{2, 6, 1, {}};
  for (int row = 0; row < 2; ++row)
    for (const int value : {9, 9, 50, 60, 9, 9})
      picture.values.push_back(static_cast<std::uint8_t>(value));
  close(resized(picture, {2, 2}), {50, 60, 50, 60});
  Picture upright{6, 2, 1, {9, 9, 9, 9, 50, 51, 60, 61, 9, 9, 9, 9}};
  close(resized(upright, {2, 2}), {50, 51, 60, 61});
}

BOOST_AUTO_TEST_CASE(a_plain_image_stays_plain) {
  for (const data::ImageSize size :
       {data::ImageSize{1, 1}, data::ImageSize{7, 3}, data::ImageSize{64, 80}}) {
    const std::vector<float> got = resized(plain(13, 17, {10, 128, 250}), size);
    for (std::size_t i = 0; i < got.size(); ++i)
      BOOST_REQUIRE(std::abs(got[i] - std::vector<float>{10, 128, 250}[i % 3]) < 1e-3F);
  }
}

BOOST_AUTO_TEST_CASE(shrinking_keeps_the_mean_and_fine_patterns_turn_grey) {
  Picture stripes{64, 64, 1, {}};
  for (int i = 0; i < 64 * 64; ++i)
    stripes.values.push_back(i % 2 == 0 ? std::uint8_t{255} : std::uint8_t{0});
  for (const float value : resized(stripes, {16, 16})) BOOST_TEST(std::abs(value - 127.5F) < 10.0F);
}

BOOST_AUTO_TEST_CASE(large_jpeg_files_give_what_large_png_files_give) {
  // Smooth, so that what JPEG itself loses is small; 199 x 301 is divided with a rest.
  Picture picture{199, 301, 3, {}};
  for (int y = 0; y < 199; ++y)
    for (int x = 0; x < 301; ++x)
      for (const double phase : {0.0, 1.0, 2.0})
        picture.values.push_back(static_cast<std::uint8_t>(127 + 60 * std::sin(x / 25.0 + phase) +
                                                           50 * std::cos(y / 20.0)));
  ImageSet set;
  set.add("a/1.png", png_bytes(picture));
  set.add("a/2.jpg", jpeg_bytes(picture));
  for (const data::ImageSize size :
       {data::ImageSize{12, 12}, data::ImageSize{24, 36}, data::ImageSize{60, 50}}) {
    const data::Dataset data = data::read_images(set.path(), {.size = size, .scale = false});
    const std::vector<float> png = pixels(data, 0);
    const std::vector<float> jpeg = pixels(data, 1);
    float most = 0;
    for (std::size_t i = 0; i < png.size(); ++i) most = std::max(most, std::abs(png[i] - jpeg[i]));
    BOOST_TEST(most < 2.0F);
  }
}

BOOST_AUTO_TEST_CASE(several_threads_read_the_same_as_one, *boost::unit_test::label("threads")) {
  ImageSet set;
  for (int i = 0; i < 12; ++i) {
    const Picture picture = colourful(20 + i, 30 - i, 3, static_cast<std::uint32_t>(i + 1));
    set.add("a/" + std::to_string(100 + i), "");  // passed over
    set.add("a/" + std::to_string(100 + i) + (i % 2 == 0 ? ".png" : ".jpg"),
            i % 2 == 0 ? png_bytes(picture) : jpeg_bytes(picture));
  }
  set.add("a/999.jpg", jpeg_bytes(colourful(20, 20)).substr(0, 700));
  const data::Dataset data = data::read_images(set.path(), {.size = data::ImageSize{16, 16}});
  BOOST_REQUIRE(data.size() == 13);
  std::vector<std::vector<float>> alone;
  for (std::int64_t i = 0; i < 12; ++i) alone.push_back(pixels(data, i));
  std::array<int, 4> wrong{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (int run = 0; run < 3; ++run)
        for (std::int64_t i = 0; i < 13; ++i) {
          try {
            if (pixels(data, i) != alone.at(static_cast<std::size_t>(i))) ++wrong[t];
            if (i == 12) ++wrong[t];
          } catch (const std::exception&) {
            if (i != 12) ++wrong[t];
          }
        }
    });
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(std::accumulate(wrong.begin(), wrong.end(), 0) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
