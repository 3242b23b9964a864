#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/reduction/reduce_prod.hpp>

#include "support/reduce_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace reduce_prod_test {
double product(const std::vector<Group>& in) {
  double result = 1;
  for (const double v : in[0]) result *= v;
  return result;
}
}  // namespace reduce_prod_test

BOOST_AUTO_TEST_SUITE(reduce_prod_op)

BOOST_AUTO_TEST_CASE(over_every_set_of_axes) {
  const auto f = [](const auto& x, Axes axes) { return reduce_prod(x[0], axes); };
  check_reduction(f, reduce_prod_test::product, {f32, f64}, 1, 0.99, 1.009);
  check_reduction(f, reduce_prod_test::product, {i32, i64}, 1, 1, 1.9);
  const std::vector<double> result = evaluate([&](Graph&, const auto& x) { return f(x, {0}); },
                                              {{{2, 3}, {1, 2, 3, 4, 0, -6}, i64}});
  const std::vector<double> expected{4, 0, -18};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  const auto product_over = [](Axes axes) {
    return [axes](Graph&, const auto& x) { return reduce_prod(x[0], axes, KeepDims::yes) * x[0]; };
  };
  check_gradient(product_over({1}), {random_input({batch, 5}, 1, -1.2, 1.2)});
  check_gradient(product_over({-2}), {random_input({2, 4, batch}, 2, -1.2, 1.2)});
  check_gradient(product_over({}), {random_input({2, 3, 2}, 3, -1.2, 1.2)});
  check_gradient(product_over({0, 2}), {random_input({2, 3, 2}, 4, -1.2, 1.2)});
  check_gradient(product_over({0}), {random_input({batch, 2}, 5, -1.2, 1.2)}, false);
}

BOOST_AUTO_TEST_CASE(gradients_are_right_at_zeros) {
  // No zero, one, two and three of them in a row.
  const std::vector<double> zeros{0.5, 2, -1.5, 0, 2, 0.5, 0, 0.7, 0, 0, 0, 1.2};
  check_gradient([](Graph&, const auto& x) { return reduce_prod(x[0], {1}); }, {{{4, 3}, zeros}});
  check_gradient([](Graph&, const auto& x) { return reduce_prod(x[0], {0}); }, {{{3, 4}, zeros}});
  check_gradient(
      [](Graph&, const auto& x) {
        return reduce_prod(x[0], {0, 2});
      },
      {{{2, 3, 2}, zeros}});
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  check_reduction_faults("reduce_prod", [](const auto& x, Axes a) { return reduce_prod(x[0], a); });
}

BOOST_AUTO_TEST_SUITE_END()
