#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/math/square.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(square_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return square(x[0]); },
                    [](const auto& v) { return v[0] * v[0]; }, 1);
  const auto whole =
      evaluate([](Graph&, const auto& x) { return square(x[0]); }, {{{3}, {-3, 0, 100000}, i64}});
  BOOST_TEST((whole == std::vector<double>{9, 0, 1e10}));
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return square(x[0]); },
                 {random_input({batch, 3}, 1, 0.5, 2)});
}

BOOST_AUTO_TEST_SUITE_END()
