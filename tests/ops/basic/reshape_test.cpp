#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/basic/reshape.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(reshape_op)

BOOST_AUTO_TEST_CASE(keeps_the_elements) {
  const std::vector<double> result = evaluate(
      [](Graph&, const auto& x) {
        return reshape(x[0], {2, batch}) * 1.0;
      },
      {{{batch, 2}, {1, 2, 3, 4, 5, 6}}});
  const std::vector<double> expected{1, 2, 3, 4, 5, 6};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_output_may_be_a_view_of_an_input) {
  const std::vector<double> result = evaluate(
      [](Graph&, const auto& x) { return reshape(x[0], {6}); }, {{{2, 3}, {1, 2, 3, 4, 5, 6}}});
  const std::vector<double> expected{1, 2, 3, 4, 5, 6};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient(
      [](Graph&, const auto& x) {
        return reshape(x[0] * x[0], {batch, 2, 2}) * reshape(x[1], {2, 2});
      },
      {random_input({batch, 4}, 1), random_input({4}, 2)});
}

BOOST_AUTO_TEST_CASE(another_number_of_elements_is_refused) {
  const std::string text = graph_error([](Graph& g) {
    (void)reshape(g.input("x", {batch, 4}), {batch, 5});
  });
  check_contains(text, "[reshape]");
  check_contains(text, "f32[batch,4]");
}

BOOST_AUTO_TEST_SUITE_END()
