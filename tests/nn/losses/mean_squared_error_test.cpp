#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/losses/mean_squared_error.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(mean_squared_error_op)

BOOST_AUTO_TEST_CASE(value) {
  const double result =
      evaluate([](Graph&, const auto& x) { return nn::mean_squared_error(x[0], x[1]); },
               {{{batch, 2}, {1, 2, 3, 4, 5, 6}}, {{batch, 2}, {1, 0, 3, 2, 5, 9}}})[0];
  check_close((4.0 + 4.0 + 9.0) / 6, result, 1e-14, "mean squared error");
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return nn::mean_squared_error(x[0], x[1]); },
                 {random_input({batch, 2}, 1), random_input({batch, 2}, 2)});
}

BOOST_AUTO_TEST_CASE(a_loss_does_not_broadcast) {
  check_contains(graph_error([](Graph& g) {
                   (void)nn::mean_squared_error(g.input("p", {batch, 1}), g.input("y", {1}));
                 }),
                 "shapes differ");
}

BOOST_AUTO_TEST_SUITE_END()
