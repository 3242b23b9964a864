#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/ops/erf.hpp>
#include <foregraph/ops/gelu.hpp>
#include <foregraph/ops/gelu_tanh.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(gelu_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return erf(x[0]); },
                    [](const auto& v) { return std::erf(v[0]); }, 1);
  check_elementwise([](Graph&, const auto& x) { return gelu(x[0]); },
                    [](const auto& v) { return v[0] / 2 * (1 + std::erf(v[0] / std::sqrt(2.0))); },
                    1, -6, 6);
  check_elementwise([](Graph&, const auto& x) { return gelu_tanh(x[0]); },
                    [](const auto& v) {
                      const double x = v[0];
                      const double u = std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
                      return x / 2 * (1 + std::tanh(u));
                    },
                    1, -6, 6);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  const Inputs inputs{random_input({batch, 3}, 1, -2.5, 2.5)};
  check_gradient([](Graph&, const auto& x) { return erf(x[0]); }, inputs);
  check_gradient([](Graph&, const auto& x) { return gelu(x[0]); }, inputs);
  check_gradient([](Graph&, const auto& x) { return gelu_tanh(x[0]); }, inputs);
}

BOOST_AUTO_TEST_CASE(far_arguments) {
  for (const DType dtype : {f32, f64}) {
    const Inputs inputs{{{3}, {-500, 500, 0}, dtype}};
    BOOST_TEST((evaluate([](Graph&, const auto& x) { return erf(x[0]); }, inputs) ==
                std::vector<double>{-1, 1, 0}));
    BOOST_TEST((evaluate([](Graph&, const auto& x) { return gelu(x[0]); }, inputs) ==
                std::vector<double>{0, 500, 0}));
    BOOST_TEST((evaluate([](Graph&, const auto& x) { return gelu_tanh(x[0]); }, inputs) ==
                std::vector<double>{0, 500, 0}));
  }
}

BOOST_AUTO_TEST_CASE(integers_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)erf(g.input("x", {3}, i32)); }), "[erf]");
  check_contains(graph_error([](Graph& g) { (void)gelu(g.input("x", {3}, i32)); }), "[gelu]");
  check_contains(graph_error([](Graph& g) { (void)gelu_tanh(g.input("x", {3}, i32)); }),
                 "[gelu_tanh]");
}

BOOST_AUTO_TEST_SUITE_END()
