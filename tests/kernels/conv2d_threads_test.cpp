// Convolutions, pooling and their gradients give the same bits on any number of threads.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <foregraph/foregraph.hpp>
#include <vector>

#include "support/trained_on_threads.hpp"

namespace fg = foregraph;

namespace {

/// Parameters of a small network after some steps.
std::vector<float> trained(int threads, std::int64_t stride, std::int64_t channels,
                           std::int64_t hidden) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 20, 18, channels});
  auto h = fg::nn::conv2d(x, hidden, 3, "first", {.conv = {.padding = fg::equal_padding(1)}});
  h = fg::relu(h);
  h = fg::max_pool2d(h, fg::square_pool(2, 1)) + fg::average_pool2d(h, {fg::square_pool(2, 1)});
  h = fg::nn::conv2d(
      h, 24, 3, "second",
      {.conv = {.stride_h = stride, .stride_w = stride, .padding = fg::equal_padding(1)}});
  const fg::Model model{.loss = fg::mean(h * h), .outputs = {h}};
  return fg::test::trained_on_threads(threads, g, model, 9, 0.01);
}

/// The same of a network of two convolutions by groups, of which the second has `groups`.
std::vector<float> trained_by_groups(int threads, std::int64_t groups, std::int64_t filters) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 21, 18, 4});
  const auto of_groups = [](std::int64_t count) {
    return fg::nn::ConvLayerOptions{.conv = {.padding = fg::equal_padding(1), .groups = count}};
  };
  auto h = fg::nn::conv2d(x, 48, 3, "first", of_groups(2));
  h = fg::nn::conv2d(fg::relu(h), filters, 3, "second", of_groups(groups));
  const fg::Model model{.loss = fg::mean(h * h), .outputs = {h}};
  return fg::test::trained_on_threads(threads, g, model, 9, 0.01);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(conv2d_threads, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(same_bits_for_any_number_of_threads) {
  for (const std::int64_t stride : {1, 2})
    for (const std::int64_t channels : {3, 16}) {
      const std::int64_t hidden = channels == 3 ? 5 : 19;  // few and many lanes of a vector
      const std::vector<float> one = trained(1, stride, channels, hidden);
      for (const int threads : {2, 3}) {
        const std::vector<float> several = trained(threads, stride, channels, hidden);
        BOOST_REQUIRE_EQUAL(one.size(), several.size());
        BOOST_TEST(std::memcmp(one.data(), several.data(), one.size() * sizeof(float)) == 0);
      }
    }
}

BOOST_AUTO_TEST_CASE(by_groups_too) {
  for (const std::int64_t filters : {48, 96}) {  // depthwise, and two filters for each channel
    const std::vector<float> one = trained_by_groups(1, 48, filters);
    for (const int threads : {2, 3}) {
      const std::vector<float> several = trained_by_groups(threads, 48, filters);
      BOOST_REQUIRE_EQUAL(one.size(), several.size());
      BOOST_TEST(std::memcmp(one.data(), several.data(), one.size() * sizeof(float)) == 0);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
