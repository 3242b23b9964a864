#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/ops/softmax.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(softmax_op)

BOOST_AUTO_TEST_CASE(rows_of_every_length) {
  for (const DType dtype : {f32, f64})
    for (const std::int64_t classes : {1, 2, 10, 16, 17, 100}) {
      const Input x{
          {3, classes}, random_values(static_cast<std::size_t>(3 * classes), 1, -5, 5), dtype};
      const std::vector<double> result =
          evaluate([](Graph&, const auto& in) { return softmax(in[0]); }, {x});
      for (std::size_t r = 0; r < 3; ++r) {
        const auto k = static_cast<std::size_t>(classes);
        double total = 0;
        for (std::size_t i = 0; i < k; ++i) total += std::exp(x.values[r * k + i]);
        for (std::size_t i = 0; i < k; ++i)
          check_close(std::exp(x.values[r * k + i]) / total, result[r * k + i],
                      dtype == f32 ? 1e-6 : 1e-14, "softmax");
      }
    }
}

BOOST_AUTO_TEST_CASE(large_logits_do_not_overflow) {
  const std::vector<double> result = evaluate([](Graph&, const auto& x) { return softmax(x[0]); },
                                              {{{1, 3}, {10000, 10000, -10000}, f32}});
  const std::vector<double> expected{0.5, 0.5, 0};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return softmax(x[0]) * x[1]; },
                 {random_input({batch, 4}, 1), random_input({4}, 2)});
}

BOOST_AUTO_TEST_CASE(a_scalar_is_refused) {
  check_contains(graph_error([](Graph& g) { (void)softmax(g.input("x", {})); }), "[softmax]");
}

BOOST_AUTO_TEST_SUITE_END()
