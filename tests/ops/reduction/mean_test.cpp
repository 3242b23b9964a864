#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/reduction/mean.hpp>

#include "support/reduce_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(mean_op)

BOOST_AUTO_TEST_CASE(follows_the_batch) {
  for (const std::int64_t batch_size : {1, 2, 5}) {
    const Input x = random_input({batch, 2}, 1, -2, 2, batch_size);
    double total = 0;
    for (const double v : x.values) total += v;
    check_close(total / static_cast<double>(x.values.size()),
                evaluate([](Graph&, const auto& in) { return mean(in[0]); }, {x}, batch_size)[0],
                1e-14, "mean");
  }
}

BOOST_AUTO_TEST_CASE(over_a_constant_axis) {
  const std::vector<double> result = evaluate([](Graph&, const auto& x) { return mean(x[0], {1}); },
                                              {{{2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}}});
  const std::vector<double> expected{2.5, 6.5};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(over_every_set_of_axes) {
  check_reduction([](const auto& x, Axes axes) { return mean(x[0], axes); },
                  [](const auto& in) {
                    double total = 0;
                    for (const double v : in[0]) total += v;
                    return total / static_cast<double>(in[0].size());
                  },
                  {f32, f64});
}

BOOST_AUTO_TEST_CASE(over_the_batch_and_another_axis) {
  for (const std::int64_t size : {1, 4}) {
    const Input x = random_input({2, batch, 3}, 1, -2, 2, size);
    const std::vector<double> result = evaluate(
        [](Graph&, const auto& in) {
          return mean(in[0], {1, -1}, KeepDims::yes);
        },
        {x}, size);
    const std::size_t half = x.values.size() / 2;
    for (std::size_t r = 0; r < 2; ++r) {
      double total = 0;
      for (std::size_t i = 0; i < half; ++i) total += x.values[r * half + i];
      check_close(total / static_cast<double>(half), result[r], 1e-14, "mean");
    }
  }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient(
      [](Graph&, const auto& x) {
        return mean(x[0], {0, -1}, KeepDims::yes) * x[0];
      },
      {random_input({batch, 2, 2}, 3)});
  check_gradient([](Graph&, const auto& x) { return mean(x[0] * x[0]); },
                 {random_input({batch, 4}, 1)});
  check_gradient([](Graph&, const auto& x) { return mean(x[0], {0}); },
                 {random_input({batch, 4}, 2)});
}

BOOST_AUTO_TEST_SUITE_END()
