#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/basic/sum.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(sum_op)

BOOST_AUTO_TEST_CASE(over_every_set_of_axes) {
  const Shape shape{2, 3, 4, 5};
  const Input x = random_input(shape, 1);
  for (int mask = 1; mask < 16; ++mask) {
    Axes axes{};
    axes.all = false;
    for (int i = 0; i < 4; ++i)
      if (((mask >> i) & 1) != 0) axes.list[static_cast<std::size_t>(axes.count++)] = i;
    const std::vector<double> result =
        evaluate([&](Graph&, const auto& in) { return sum(in[0], axes, KeepDims::yes); }, {x});
    std::vector<double> expected(result.size(), 0);
    std::size_t e = 0;
    for (std::size_t a = 0; a < 2; ++a)
      for (std::size_t b = 0; b < 3; ++b)
        for (std::size_t c = 0; c < 4; ++c)
          for (std::size_t d = 0; d < 5; ++d) {
            const std::size_t index[4] = {a, b, c, d};
            std::size_t at = 0;
            for (int i = 0; i < 4; ++i)
              if (((mask >> i) & 1) == 0)
                at = at * static_cast<std::size_t>(shape[i].constant) + index[i];
            expected[at] += x.values[e++];
          }
    for (std::size_t i = 0; i < expected.size(); ++i)
      check_close(expected[i], result[i], 1e-14, "mask " + std::to_string(mask));
  }
}

BOOST_AUTO_TEST_CASE(integers) {
  const std::vector<double> result = evaluate([](Graph&, const auto& x) { return sum(x[0], {0}); },
                                              {{{2, 3}, {1, 2, 3, 4, 5, 6}, i32}});
  const std::vector<double> expected{5, 7, 9};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(long_sums_of_floats_stay_exact) {
  const std::int64_t count = 1'000'003;
  const std::vector<double> tenths(static_cast<std::size_t>(count), 0.1);
  const double result =
      evaluate([](Graph&, const auto& x) { return sum(x[0]); }, {{{count}, tenths, f32}})[0];
  check_close(static_cast<double>(0.1F) * static_cast<double>(count), result, 1e-6, "sum");
  const std::vector<double> columns =
      evaluate([](Graph&, const auto& x) { return sum(x[0], {0}); },
               {{{200'000, 5}, std::vector<double>(1'000'000, 0.1), f32}});
  for (const double column : columns)
    check_close(static_cast<double>(0.1F) * 200'000, column, 1e-6, "column");
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return sum(x[0] * x[0], {0}); },
                 {random_input({batch, 4}, 1)});
  check_gradient([](Graph&, const auto& x) { return sum(x[0], {-1}, KeepDims::yes) * x[0]; },
                 {random_input({batch, 4}, 2)});
  check_gradient(
      [](Graph&, const auto& x) {
        return sum(x[0], {0, 2}) * x[1];
      },
      {random_input({2, 3, 2}, 3), random_input({3}, 4)});
}

BOOST_AUTO_TEST_CASE(a_wrong_axis_is_refused) {
  check_contains(graph_error([](Graph& g) { (void)sum(g.input("x", {batch, 4}), {2}); }), "axis");
  check_contains(graph_error([](Graph& g) {
                   (void)sum(g.input("x", {batch, 4}), {0, 0});
                 }),
                 "axis");
}

BOOST_AUTO_TEST_SUITE_END()
