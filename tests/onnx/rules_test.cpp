// Nodes for which the ONNX project has no test data in the versions that are installed.
#include <boost/test/unit_test.hpp>
#include <cmath>

#include <foregraph/foregraph.hpp>

#include "onnx/one_node.hpp"
#include "support/op_check.hpp"

namespace onnx_rules_test {

using namespace foregraph::onnx_tests;
using foregraph::test::check_contains;
using foregraph::test::onnx_bytes::attribute;
using Values = std::vector<double>;
using Integers = std::vector<std::int64_t>;

Values counted(std::size_t count) {
  Values values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<double>(i + 1));
  return values;
}

/// Resize of an image [1,1,h,w] by scales of its height and width.
OneNode resize(const Integers& dims, const Values& x, double scale_h, double scale_w,
               std::vector<std::string> attributes, std::int64_t opset = 18) {
  return {"Resize",
          {{dims, x}, {}, {{4}, {1, 1, scale_h, scale_w}, true}},
          std::move(attributes),
          1,
          opset};
}

}  // namespace onnx_rules_test

BOOST_AUTO_TEST_SUITE(onnx_rules)

using namespace onnx_rules_test;

/// The results are those in ONNX's documentation of Resize.
BOOST_AUTO_TEST_CASE(resize_weighs_all_elements_that_it_shrinks) {
  const auto with_mode = [](const char* mode) {
    return resize({1, 1, 4, 4}, counted(16), 0.6, 0.6,
                  {attribute("mode", mode), attribute("antialias", std::int64_t{1})});
  };
  check_values({2.875, 4.5, 9.375, 11.0}, with_mode("linear").run().at(0));
  check_values({2.5180721, 4.2858863, 9.589329, 11.357142}, with_mode("cubic").run().at(0));
}

BOOST_AUTO_TEST_CASE(resize_about_the_centre) {
  const auto y = resize({1, 1, 2, 2}, counted(4), 2.3, 2.94,
                        {attribute("mode", "linear"),
                         attribute("coordinate_transformation_mode", "half_pixel_symmetric")},
                        19)
                     .run();
  check_values({1.0,        1.15986395, 1.5,        1.84013605, 2.0,        1.56521738, 1.72508133,
                2.06521738, 2.40535343, 2.56521738, 2.43478262, 2.59464657, 2.93478262, 3.27491867,
                3.43478262, 3.0,        3.15986395, 3.5,        3.84013605, 4.0},
               y.at(0));
}

BOOST_AUTO_TEST_CASE(resize_keeps_the_proportions_if_asked) {
  for (const auto& [policy, rows] : {std::pair{"not_larger", 3}, std::pair{"not_smaller", 4}}) {
    const OneNode node{
        "Resize",
        {{{1, 1, 2, 4}, counted(8)}, {}, {}, {{2}, {4, 6}, true, true}},
        {attribute("axes", Integers{2, 3}), attribute("keep_aspect_ratio_policy", policy),
         attribute("mode", "nearest")},
        1,
        18};
    const auto y = node.run();
    BOOST_TEST((y.at(0).shape == foregraph::Shape{1, 1, rows, 2 * rows}));
  }
}

BOOST_AUTO_TEST_CASE(group_norm_has_a_scale_for_each_channel_or_group) {
  constexpr std::size_t channels = 4, places = 3;
  const Values x = mixed_values(2 * channels * places);
  const Values scale{1, -2, 0.5, 3}, bias{0.1, 0.2, -0.3, 0.4};
  Values expected;
  for (std::size_t n = 0; n < 2; ++n)
    for (std::size_t c = 0; c < channels; ++c) {
      const auto begin =
          x.begin() + static_cast<std::ptrdiff_t>((n * channels + c / 2 * 2) * places);
      double mean = 0, variance = 0;
      for (std::size_t i = 0; i < 2 * places; ++i)
        mean += begin[static_cast<std::ptrdiff_t>(i)] / 6;
      for (std::size_t i = 0; i < 2 * places; ++i)
        variance += std::pow(begin[static_cast<std::ptrdiff_t>(i)] - mean, 2) / 6;
      for (std::size_t i = 0; i < places; ++i)
        expected.push_back((x[(n * channels + c) * places + i] - mean) /
                               std::sqrt(variance + 1e-5) * scale[c] +
                           bias[c]);
    }
  OneNode node{"GroupNormalization",
               {{{2, 4, 3}, x}, {{4}, scale, true}, {{4}, bias, true}},
               {attribute("num_groups", std::int64_t{2})},
               1,
               21};
  check_values(expected, node.run().at(0));
  node.attributes = {attribute("num_groups", std::int64_t{3})};
  check_contains(node.refusal(), "num_groups does not divide the channels");
}

/// Several updates meet in one place.
BOOST_AUTO_TEST_CASE(scattered_elements_are_combined) {
  const auto scattered = [](const char* reduction) {
    const OneNode node{"ScatterElements",
                       {{{2, 3}, {1, 2, 3, 4, 5, 6}},
                        {{2, 4}, {0, 0, 2, -1, 1, 1, 1, 0}, false, true},
                        {{2, 4}, {5, -7, 2, 4, 3, 9, -2, 0.5}}},
                       {attribute("axis", std::int64_t{1}), attribute("reduction", reduction)},
                       1,
                       18};
    return node.run().at(0);
  };
  check_values({-1, 2, 9, 4.5, 15, 6}, scattered("add"));
  check_values({-35, 2, 24, 2, -270, 6}, scattered("mul"));
  check_values({5, 2, 4, 4, 9, 6}, scattered("max"));
  check_values({-7, 2, 2, 0.5, -2, 6}, scattered("min"));
}

/// A window that begins behind the last element is left out, as PyTorch does.
BOOST_AUTO_TEST_CASE(windows_do_not_begin_in_the_padding) {
  const auto pooled = [](const char* op_type, std::int64_t size) {
    const OneNode node{op_type,
                       {{{1, 1, size}, counted(static_cast<std::size_t>(size))}},
                       {attribute("kernel_shape", Integers{2}), attribute("strides", Integers{3}),
                        attribute("pads", Integers{0, 1}), attribute("ceil_mode", std::int64_t{1}),
                        attribute("count_include_pad", std::int64_t{1})}};
    return node.run().at(0);
  };
  check_values({2}, pooled("MaxPool", 3));
  check_values({2, 5}, pooled("MaxPool", 5));
  check_values({2, 5, 7}, pooled("MaxPool", 7));
  check_values({1.5, 4.5, 3.5}, pooled("AveragePool", 7));
}

BOOST_AUTO_TEST_CASE(noise_is_new_in_every_call_and_has_the_moments_that_are_asked_for) {
  const OneNode node{"RandomNormalLike",
                     {{{100, 100}, Values(10000)}},
                     {attribute("mean", 3.0F), attribute("scale", 0.5F)}};
  const auto y = node.run().at(0);
  double mean = 0, square = 0;
  for (const double v : y.values) {
    mean += v / 10000;
    square += (v - 3) * (v - 3) / 10000;
  }
  BOOST_TEST(std::abs(mean - 3) < 0.5 * 4.5 / 100);
  BOOST_TEST(std::abs(square - 0.25) < 0.25 * 4.5 * std::sqrt(2.0) / 100);
  const OneNode uniform{"RandomUniformLike",
                        {{{100, 100}, Values(10000)}},
                        {attribute("low", -2.0F), attribute("high", 2.0F)}};
  double total = 0;
  const Values numbers = uniform.run().at(0).values;
  for (const double v : numbers) {
    BOOST_REQUIRE(v >= -2 && v < 2);
    total += v / 10000;
  }
  BOOST_TEST(std::abs(total) < 4.5 * std::sqrt(16.0 / 12) / 100);
}

BOOST_AUTO_TEST_CASE(no_gradient_flows_through_noise) {
  // y = x + noise like x: the slope is 1.
  namespace file = foregraph::test::onnx_bytes;
  file::File model;
  model.inputs = {file::value("x", file::type::f32, {"batch", 4})};
  model.initializers = {file::tensor("w", {4}, std::vector<float>{1, 2, 3, 4})};
  model.nodes = {file::node("Mul", {"x", "w"}, {"h"}),
                 file::node("RandomNormalLike", {"h"}, {"noise"}),
                 file::node("Add", {"h", "noise"}, {"y"})};
  model.outputs = {file::value("y", file::type::f32, {"batch", 4})};
  const std::string bytes = model.model();
  auto net = foregraph::onnx::load(std::as_bytes(std::span(bytes)));
  const foregraph::Model with_loss =
      net.with_loss([](foregraph::Graph&, std::span<const foregraph::Output> outputs) {
        return foregraph::sum(outputs[0]);
      });
  foregraph::Trainer trainer{net.graph, with_loss, foregraph::optim::sgd(0.5)};
  trainer.prepare(2);
  const auto x = trainer.input<float>("x");
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 1;
  trainer.step();
  const auto w = trainer.variable<float>("w");
  // The sum over two samples of a slope of 1.
  for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(w[i] == static_cast<float>(i + 1) - 1.0F);
}

BOOST_AUTO_TEST_SUITE_END()
