#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/inverse_trigonometry.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace inverse_trigonometry_checks {

struct Inverse {
  Tensor (*op)(Argument, Location);
  double (*reference)(double);
  double low;
  double high;
};
const Inverse functions[] = {{atan, std::atan, -30, 30}, {asin, std::asin, -1, 1},
                             {acos, std::acos, -1, 1},   {asinh, std::asinh, -30, 30},
                             {acosh, std::acosh, 1, 30}, {atanh, std::atanh, -0.999, 0.999}};

}  // namespace inverse_trigonometry_checks

BOOST_AUTO_TEST_SUITE(inverse_trigonometry_ops)

using namespace inverse_trigonometry_checks;

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  for (const Inverse& f : functions)
    check_elementwise([&](Graph&, const auto& x) { return f.op(x[0], Location::current()); },
                      [&](const auto& v) { return f.reference(v[0]); }, 1, f.low, f.high);
}

/// Relative errors, near 0 and far away, at the ends of the domains and outside of them.
BOOST_AUTO_TEST_CASE(all_magnitudes_are_exact) {
  const double infinity = HUGE_VAL;
  for (const DType dtype : {f32, f64}) {
    const double tolerance = dtype == f32 ? 6e-7 : 2e-15;
    for (const Inverse& f : functions) {
      std::vector<double> values{0.0,  -0.0,  1e-30, -1e-20,   1e-9,      1e-4,        0.01, 0.3,
                                 0.5,  0.99,  1.0,   -1.0,     1.001,     2.0,         10.0, 1e8,
                                 1e10, -1e25, 3e38,  infinity, -infinity, std::nan("")};
      if (dtype == f32)
        for (double& v : values) v = static_cast<double>(static_cast<float>(v));
      const auto count = static_cast<std::int64_t>(values.size());
      const auto y =
          evaluate([&](Graph&, const auto& x) { return f.op(x[0], Location::current()); },
                   {{{count}, values, dtype}});
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double expected = f.reference(values[i]);
        const bool is_right = std::isnan(expected) ? std::isnan(y[i])
                              : std::isinf(expected)
                                  ? y[i] == expected
                                  : std::abs(y[i] - expected) <= tolerance * std::abs(expected);
        BOOST_CHECK_MESSAGE(is_right, name_of(dtype) << " of " << values[i] << ": expected "
                                                     << expected << ", got " << y[i]);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  for (const Inverse& f : functions) {
    const double low = f.low > 0 ? 1.2 : -0.8;
    const double high = f.low > 0 ? 3 : 0.8;
    check_gradient([&](Graph&, const auto& x) { return f.op(x[0], Location::current()); },
                   {random_input({batch, 3}, 1, low, high)});
  }
}

BOOST_AUTO_TEST_CASE(no_cotangent_is_no_gradient_even_at_infinite_slopes) {
  for (const Inverse& f : functions) {
    const auto y = evaluate(
        [&](Graph& g, const auto& x) {
          return gradient(g, sum(multiply(f.op(x[0], Location::current()), x[1])), {x[0]})[0];
        },
        {{{1}, {1.0}, f64}, {{1}, {0.0}, f64}});
    BOOST_TEST(y[0] == 0);
  }
}

BOOST_AUTO_TEST_CASE(integers_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)atan(g.input("x", {3}, i32)); }), "[atan]");
  check_contains(graph_error([](Graph& g) { (void)acosh(g.input("x", {3}, i32)); }), "[acosh]");
}

BOOST_AUTO_TEST_SUITE_END()
