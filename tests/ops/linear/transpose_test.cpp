#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/linear/transpose.hpp>
#include <foregraph/detail/ops/math/add.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(transpose_op)

BOOST_AUTO_TEST_CASE(swaps_the_last_axes) {
  for (const DType dtype : {f32, f64, i32, i64}) {
    const std::vector<double> result =
        evaluate([](Graph&, const auto& x) { return transpose(x[0]); },
                 {{{2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, dtype}});
    const std::vector<double> expected{1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12};
    BOOST_TEST(result == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(truth_values) {
  const std::vector<double> result = evaluate([](Graph&, const auto& x) { return transpose(x[0]); },
                                              {{{2, 3}, {1, 0, 0, 1, 1, 0}, boolean}});
  const std::vector<double> expected{1, 1, 0, 1, 0, 0};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(large) {
  const Input x = random_input({100, 37}, 1);
  const std::vector<double> result =
      evaluate([](Graph&, const auto& in) { return transpose(in[0]); }, {x});
  for (std::size_t r = 0; r < 100; ++r)
    for (std::size_t c = 0; c < 37; ++c) BOOST_TEST(result[c * 100 + r] == x.values[r * 37 + c]);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return transpose(x[0]) + x[1]; },
                 {random_input({4, batch}, 1), random_input({batch, 4}, 2)});
}

BOOST_AUTO_TEST_CASE(a_vector_is_refused) {
  check_contains(graph_error([](Graph& g) { (void)transpose(g.input("x", {3})); }), "[transpose]");
}

BOOST_AUTO_TEST_SUITE_END()
