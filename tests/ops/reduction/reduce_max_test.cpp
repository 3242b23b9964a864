#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/reduction/reduce_max.hpp>
#include <limits>

#include "support/reduce_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(reduce_max_min_op)

BOOST_AUTO_TEST_CASE(over_every_set_of_axes) {
  const std::vector<DType> all{f32, f64, i32, i64};
  check_reduction([](const auto& x, Axes axes) { return reduce_max(x[0], axes); },
                  [](const auto& in) { return *std::max_element(in[0].begin(), in[0].end()); }, all,
                  1, -100, -3);
  check_reduction([](const auto& x, Axes axes) { return reduce_min(x[0], axes); },
                  [](const auto& in) { return *std::min_element(in[0].begin(), in[0].end()); }, all,
                  1, 3, 100);
}

BOOST_AUTO_TEST_CASE(infinities_and_nan) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const std::size_t at : {0U, 5U, 18U}) {
    std::vector<double> values(19, -inf);
    const auto largest = [&] {
      return evaluate([](Graph&, const auto& x) { return reduce_max(x[0]); },
                      {{{19}, values, f32}})[0];
    };
    BOOST_TEST(largest() == -inf);
    values[at] = nan;
    BOOST_TEST(std::isnan(largest()));
    const double smallest = evaluate([](Graph&, const auto& x) { return reduce_min(x[0], {0}); },
                                     {{{19, 1}, values, f64}})[0];
    BOOST_TEST(std::isnan(smallest));
  }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  const auto square_of_max = [](Graph&, const auto& x) {
    return reduce_max(x[0] * x[1], {0}) * reduce_min(x[0], {0, -1}, KeepDims::yes);
  };
  check_gradient(square_of_max, {random_input({batch, 5}, 1), random_input({5}, 2)});
  check_gradient([](Graph&, const auto& x) { return reduce_min(x[0] * x[0], {1}); },
                 {random_input({2, 3, batch}, 3)});
}

BOOST_AUTO_TEST_CASE(ties_share_the_gradient) {
  const std::vector<double> result = evaluate(
      [](Graph& g, const auto& x) { return gradient(g, sum(reduce_max(x[0], {1})), {x[0]})[0]; },
      {{{2, 4}, {1, 3, 3, 0, 5, 5, 5, 5}}});
  const std::vector<double> expected{0, 0.5, 0.5, 0, 0.25, 0.25, 0.25, 0.25};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  check_reduction_faults("reduce_max", [](const auto& x, Axes a) { return reduce_max(x[0], a); });
  check_reduction_faults("reduce_min", [](const auto& x, Axes a) { return reduce_min(x[0], a); });
}

BOOST_AUTO_TEST_SUITE_END()
