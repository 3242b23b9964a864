// Reductions give the same bits on any number of threads, however they are cut in parts.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <foregraph/foregraph.hpp>
#include <string>
#include <vector>

#include "support/sanitized.hpp"
#include "support/threads_check.hpp"

namespace fg = foregraph;

namespace {

struct Case {
  std::vector<std::int64_t> sizes;
  std::int64_t mask;  ///< of the axes that are reduced
};
/// Rows, columns and other patterns: with many and few results, narrow and wide, in tiles and with
/// a rest.
const std::vector<Case> cases{
    {{400'001}, 1},     {{41, 9'001}, 2},      {{3, 150'001}, 2},    {{36'865, 6}, 1},
    {{30'007, 10}, 1},  {{20'003, 32}, 1},     {{3'001, 301}, 1},    {{301, 1'003}, 1},
    {{4, 100'003}, 1},  {{70'003, 2}, 1},      {{40, 501, 17}, 2},   {{2, 9'001, 40}, 2},
    {{30, 21, 601}, 5}, {{20, 31, 9, 61}, 10}, {{21, 31, 9, 61}, 5}, {{3, 200, 3, 200}, 6},
};

fg::Shape shape_of(const Case& c) {
  fg::Shape shape;
  for (const std::int64_t size : c.sizes) shape.push_back(size);
  return shape;
}
fg::Axes axes_of(const Case& c) {
  fg::Axes axes;
  axes.all = false;
  for (int i = 0; i < static_cast<int>(c.sizes.size()); ++i)
    if (((c.mask >> i) & 1) != 0) axes.list[static_cast<std::size_t>(axes.count++)] = i;
  return axes;
}
std::string name_of_case(const char* op, const Case& c) {
  std::string name = op;
  for (const std::int64_t size : c.sizes) name.append(" ").append(std::to_string(size));
  return name;
}

/// The sums of the values, rounded to float before, in double.
std::vector<double> summed(const Case& c, const std::vector<double>& values) {
  std::size_t results = 1;
  for (std::size_t i = 0; i < c.sizes.size(); ++i)
    if (((c.mask >> i) & 1) == 0) results *= static_cast<std::size_t>(c.sizes[i]);
  std::vector<double> sums(results, 0);
  for (std::size_t e = 0; e < values.size(); ++e) {
    std::size_t rest = e;
    std::size_t at = 0;
    std::size_t step = 1;
    for (std::size_t i = c.sizes.size(); i-- > 0;) {
      const auto size = static_cast<std::size_t>(c.sizes[i]);
      if (((c.mask >> i) & 1) == 0) {
        at += rest % size * step;
        step *= size;
      }
      rest /= size;
    }
    sums[at] += static_cast<double>(static_cast<float>(values[e]));
  }
  return sums;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reduction_threads, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(same_bits_for_any_number_of_threads) {
  // Every third under a sanitizer, which they keep busy for half a minute.
  constexpr std::size_t stride = fg::test::is_sanitized ? 3 : 1;
  for (std::size_t number = 0; number < cases.size(); number += stride) {
    const Case& c = cases[number];
    const fg::Axes axes = axes_of(c);
    const fg::test::Input x = fg::test::random_floats(shape_of(c), 5, 0.5, 1.5);
    const std::vector<double> sums = fg::test::check_threads(
        name_of_case("sum", c), [&](fg::Graph&, const auto& in) { return fg::sum(in[0], axes); },
        {x}, false);
    const std::vector<double> expected = summed(c, x.values);
    BOOST_REQUIRE_EQUAL(sums.size(), expected.size());
    double worst = 0;
    for (std::size_t i = 0; i < sums.size(); ++i)
      worst = std::max(worst, std::abs(sums[i] - expected[i]) / expected[i]);
    BOOST_TEST(worst < 1e-6, name_of_case("sum", c) << " is off by " << worst);
    fg::test::check_threads(
        name_of_case("reduce_max", c),
        [&](fg::Graph&, const auto& in) { return fg::reduce_max(in[0], axes); }, {x}, false);
    fg::test::check_threads(
        name_of_case("sum_product", c),
        [&](fg::Graph&, const auto& in) { return fg::sum_product(in[0], in[1], axes); },
        {x, fg::test::random_floats(shape_of(c), 6)}, false);
    fg::test::check_threads(
        name_of_case("logsumexp", c),
        [&](fg::Graph&, const auto& in) { return fg::logsumexp(in[0], axes); }, {x}, false);
    fg::test::check_threads(
        name_of_case("variance", c),
        [&](fg::Graph&, const auto& in) { return fg::variance(in[0], axes); }, {x}, false);
  }
}

BOOST_AUTO_TEST_CASE(masked_mean_too) {
  fg::test::check_threads(
      "masked_mean",
      [](fg::Graph&, const auto& in) {
        return fg::masked_mean(in[0], fg::select(fg::greater(in[1], 0.0), in[1] * 0.0 + 1.0, 0.0));
      },
      {fg::test::random_floats({300'001}, 1), fg::test::random_floats({300'001}, 2)});
}

BOOST_AUTO_TEST_SUITE_END()
