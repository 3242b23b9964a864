#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(select_op)

BOOST_AUTO_TEST_CASE(chooses_by_element) {
  const std::vector<double> result =
      evaluate([](Graph&, const auto& x) { return select(x[0], x[1], x[2]); },
               {{{4}, {1, 0, 0, 1}, boolean}, {{4}, {1, 2, 3, 4}}, {{4}, {-1, -2, -3, -4}}});
  const std::vector<double> expected{1, -2, -3, 4};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_condition_broadcasts) {
  const std::vector<double> result =
      evaluate([](Graph&, const auto& x) { return select(x[0], x[1], 0.0); },
               {{{2}, {1, 0}, boolean}, {{batch, 2}, {1, 2, 3, 4, 5, 6}, f32}});
  const std::vector<double> expected{1, 0, 3, 0, 5, 0};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  const auto f = [](Graph&, const auto& x) { return select(x[0], x[1] * x[1], x[2]); };
  check_gradient(f, {{{batch, 2}, {1, 0, 0, 1, 1, 0}, boolean},
                     random_input({batch, 2}, 1),
                     random_input({2}, 2)});
}

BOOST_AUTO_TEST_CASE(a_condition_that_is_no_truth_value_is_refused) {
  check_contains(graph_error([](Graph& g) {
                   const Tensor x = g.input("x", {3});
                   (void)select(x, x, x);
                 }),
                 "[select]");
}

BOOST_AUTO_TEST_SUITE_END()
