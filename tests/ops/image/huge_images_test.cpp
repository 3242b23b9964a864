// Windows on images of sizes near the end of 64 bits.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "ops/huge_sizes.hpp"

using namespace foregraph;
using namespace foregraph::test::huge_sizes;

BOOST_AUTO_TEST_SUITE(huge_images)

BOOST_AUTO_TEST_CASE(windows_on_images) {
  constexpr Wide most = Wide(1) << 31;  // sizes above are refused before they are computed with
  const auto out_size = [](Wide size, Wide kernel, Wide stride, Wide dilation, Wide padding) {
    const Wide room = size + padding - (kernel - 1) * dilation - 1;
    return room < 0 ? Wide(0) : room / stride + 1;
  };
  const auto check = [](const std::string& what, unsigned seed, bool allowed,
                        const WideShape& expected, const auto& rule, Seen& seen) {
    std::optional<Shape> shape;
    try {
      shape = rule().shape();
    } catch (const GraphError&) {
    }
    BOOST_TEST(shape.has_value() == (allowed && is_possible(expected)), what << ", seed " << seed);
    if (shape)
      BOOST_TEST(is_equal(*shape, expected),
                 what << ", seed " << seed << ": " << to_string(*shape));
    ++(shape ? seen.given : seen.refused);
  };
  for_many_seeds("conv2d", [&](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const std::int64_t h = random.size(34);
    const std::int64_t w = random.size(24);
    const std::int64_t kh = random.below(2) == 0 ? 1 + random.below(3) : random.size(34);
    Conv2dOptions o;
    o.stride_h = random.below(2) == 0 ? 1 : random.size();
    o.dilation_h = random.below(2) == 0 ? 1 : random.size();
    o.padding.top = random.below(2) == 0 ? 0 : random.size();
    o.padding.bottom = random.below(4) == 0 ? largest_size : random.size(20);
    const std::int64_t filters = random.size(40);
    if (!is_possible({{h, 0}, {w, 0}, {2, 0}}) || !is_possible({{kh, 0}, {2, 0}, {filters, 0}}))
      return;
    bool allowed = true;
    for (const std::int64_t each :
         {h, kh, o.stride_h, o.dilation_h, o.padding.top, o.padding.bottom})
      allowed = allowed && each <= most;
    const WideShape expected{
        {0, 1},
        {allowed ? out_size(h, kh, o.stride_h, o.dilation_h, Wide(o.padding.top) + o.padding.bottom)
                 : Wide(0),
         0},
        {w, 0},
        {filters, 0}};
    const Tensor x = g.input("x", {batch, h, w, 2});
    const Tensor weight = g.input("w", {kh, 1, 2, filters});
    check(
        "conv2d", seed, allowed, expected, [&] { return conv2d(x, weight, o); }, seen);
  });
  for_many_seeds("conv2d_transpose", [&](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const std::int64_t h = random.size(34);
    const std::int64_t kh = random.below(2) == 0 ? 1 + random.below(3) : random.size(34);
    Conv2dTransposeOptions o;
    o.conv.stride_h = random.below(2) == 0 ? 2 : random.size(36);
    o.conv.dilation_h = random.below(2) == 0 ? 1 : random.size(36);
    const std::int64_t filters = random.size(20);
    if (!is_possible({{kh, 0}, {3, 0}, {filters, 0}})) return;
    const Wide out = Wide(h - 1) * o.conv.stride_h + Wide(kh - 1) * o.conv.dilation_h + 1;
    const bool allowed = h <= most && kh <= most && o.conv.stride_h <= most &&
                         o.conv.dilation_h <= most && out <= most;
    const Tensor x = g.input("x", {batch, h, 1, 3});
    const Tensor weight = g.input("w", {kh, 1, filters, 3});
    check(
        "conv2d_transpose", seed, allowed, {{0, 1}, {out, 0}, {1, 0}, {filters, 0}},
        [&] { return conv2d_transpose(x, weight, o); }, seen);
  });
  for_many_seeds("max_pool2d", [&](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const std::int64_t h = random.size(40);
    const std::int64_t window = random.size(40);
    const std::int64_t stride = random.size();
    const bool allowed = h <= most && window <= most && stride <= most;
    const WideShape expected{
        {0, 1}, {allowed ? out_size(h, window, stride, 1, 0) : Wide(0), 0}, {1, 0}, {5, 0}};
    const Tensor x = g.input("x", {batch, h, 1, 5});
    check(
        "max_pool2d", seed, allowed, expected,
        [&] {
          return max_pool2d(x,
                            {.window_h = window, .window_w = 1, .stride_h = stride, .stride_w = 1});
        },
        seen);
  });
  for_many_seeds("upsample_nearest2d", [&](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const std::int64_t h = random.size(40);
    const std::int64_t scale = random.size();
    const Tensor x = g.input("x", {batch, h, 3, 1});
    check(
        "upsample_nearest2d", seed, true, {{0, 1}, times({h, 0}, scale), {3, 0}, {1, 0}},
        [&] { return upsample_nearest2d(x, scale, 1); }, seen);
  });
}

BOOST_AUTO_TEST_SUITE_END()
