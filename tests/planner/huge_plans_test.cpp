// Plans of sizes near the end of 64 bits: a number of bytes is right or refused.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "ops/huge_sizes.hpp"

using namespace foregraph;
using namespace foregraph::test::huge_sizes;

BOOST_AUTO_TEST_SUITE(huge_plans)

BOOST_AUTO_TEST_CASE(sums_of_bytes) {
  Seen seen;
  for (unsigned seed = 0; seed < 5000; ++seed) {
    Random random(seed);
    Graph g;
    const DType dtype = random.below(2) == 0 ? f32 : f64;
    const std::int64_t per_sample = random.size(50);
    const std::int64_t batch_size = random.size(40);
    PlanOptions options;
    options.input_buffers = random.below(2) == 0 ? 1 : random.size(30);
    options.other_bytes = random.below(2) == 0 ? 0 : random.size();
    const Tensor x = g.input("x", {batch, per_sample}, dtype);
    g.outputs = {relu(x).id};
    const Wide bytes =
        bounded_product(bounded_product(per_sample, batch_size), Wide(bytes_per_element(dtype)));
    const Wide padded = (bytes + 63) / 64 * 64;
    const Wide peak = bounded_product(padded, options.input_buffers) + padded + options.other_bytes;
    // The check rounds up generously.
    const bool is_close =
        peak > Wide(largest_size) - 4096 - 64 * Wide(options.input_buffers) && peak <= largest_size;
    if (is_close) continue;
    std::optional<std::int64_t> planned;
    try {
      planned = plan_memory(g, batch_size, options).peak().count;
    } catch (const BatchError&) {
    }
    BOOST_TEST(planned.has_value() == (peak <= largest_size), "seed " << seed);
    if (planned) BOOST_TEST((Wide(*planned) == peak), "seed " << seed);
    ++(planned ? seen.given : seen.refused);
  }
  BOOST_TEST(seen.given > 100);
  BOOST_TEST(seen.refused > 100);
}

BOOST_AUTO_TEST_CASE(scratch_memory_of_huge_convolutions) {
  // 32 patches of nearly 2^56 elements are laid out beside one another.
  Graph g;
  const std::int64_t height = std::int64_t{1} << 31;
  const std::int64_t width = std::int64_t{1} << 25;
  const Tensor x = g.input("x", {batch, height, width, 1});
  const Tensor w = g.input("w", {height - 31, width, 1, 1});
  const Tensor y = conv2d(x, w);
  BOOST_TEST((y.shape() == Shape{batch, 32, 1, 1}));
  g.outputs = {y.id};
  BOOST_CHECK_THROW((void)plan_memory(g, 1), BatchError);
  // Far apart windows: not one step for each pixel between them.
  Graph far;
  const Tensor p = far.parameter("p", {3, 3, 2, 2}, filled_with(1));
  const Tensor image = far.input("y", {batch, 40, 40, 2});
  const Tensor corner = conv2d(image, p, square_conv(1'000'000'000));
  const std::vector<Tensor> back = gradient(far, sum(corner), {image, p});
  far.outputs = {back[0].id, back[1].id};
  BOOST_TEST(plan_memory(far, 2).peak().count > 0);
}

BOOST_AUTO_TEST_SUITE_END()
