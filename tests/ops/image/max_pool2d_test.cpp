#include <boost/test/unit_test.hpp>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/image/max_pool2d.hpp>

#include "support/pool_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace max_pool2d_cases {
double largest(const std::vector<double>& window, std::int64_t) {
  double best = window[0];
  for (const double v : window) best = v > best ? v : best;
  return best;
}
}  // namespace max_pool2d_cases

BOOST_AUTO_TEST_SUITE(max_pool2d_op)

BOOST_AUTO_TEST_CASE(largest_of_each_window) {
  using namespace pool_check;
  using namespace max_pool2d_cases;
  for (const DType dtype : {f32, f64})
    for (const Case& k : cases())
      compare(
          k, [&](Graph&, const auto& x) { return max_pool2d(x[0], k.options); }, dtype, largest);
}

BOOST_AUTO_TEST_CASE(gradients) {
  for (const Pool2dOptions& o : {Pool2dOptions{}, square_pool(3, 1, 1), square_pool(2, 1)})
    check_gradient([&](Graph&, const auto& x) { return max_pool2d(x[0], o); },
                   {random_input({2, 4, 4, 2}, 3)});
}

BOOST_AUTO_TEST_CASE(the_first_of_equals_gets_the_gradient) {
  const std::vector<double> slope = evaluate(
      [](Graph& g, const auto& x) {
        const Tensor y = sum(max_pool2d(x[0]));
        return gradient(g, y, {x[0]})[0];
      },
      {{{1, 2, 2, 1}, {-1, 3, 3, 3}, f64}});
  const std::vector<double> expected{0, 1, 0, 0};
  BOOST_TEST(slope == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(whole_images) {
  const std::vector<double> most{4, -5};
  BOOST_TEST(evaluate([](Graph&, const auto& x) { return global_max_pool(x[0]); },
                      {{{1, 2, 2, 2}, {1, -8, 2, -7, 3, -6, 4, -5}, f64}}) == most,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(padding_as_tensorflow) {
  Graph g;
  const Tensor x = g.input("x", {batch, 5, 6, 1});
  BOOST_TEST((max_pool2d(x, {3, 3, 2, 2, same_padding}).shape() == Shape{batch, 3, 3, 1}));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  pool_check::check_refused(
      "max_pool2d", [](Tensor x, const Pool2dOptions& options) { return max_pool2d(x, options); });
}

BOOST_AUTO_TEST_SUITE_END()
