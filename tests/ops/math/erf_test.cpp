#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/math/erf.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(erf_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return erf(x[0]); },
                    [](const auto& v) { return std::erf(v[0]); }, 1);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return erf(x[0]); },
                 {random_input({batch, 3}, 1, -2.5, 2.5)});
}

BOOST_AUTO_TEST_CASE(far_arguments) {
  for (const DType dtype : {f32, f64}) {
    const Inputs inputs{{{3}, {-500, 500, 0}, dtype}};
    BOOST_TEST((evaluate([](Graph&, const auto& x) { return erf(x[0]); }, inputs) ==
                std::vector<double>{-1, 1, 0}));
  }
}

BOOST_AUTO_TEST_CASE(integers_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)erf(g.input("x", {3}, i32)); }), "[erf]");
}

BOOST_AUTO_TEST_SUITE_END()
