#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/log_softmax.hpp>
#include <limits>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(log_softmax_op)

BOOST_AUTO_TEST_CASE(along_every_axis) {
  const std::size_t dims[3] = {3, 5, 19};
  for (const DType dtype : {f32, f64})
    for (int axis = 0; axis < 3; ++axis) {
      const std::vector<double> x = random_values(3 * 5 * 19, 1, -5, 5);
      const std::vector<double> result =
          evaluate([&](Graph&, const auto& in) { return log_softmax(in[0], axis - 3); },
                   {{{3, 5, 19}, x, dtype}});
      const std::size_t step = axis == 0 ? 5 * 19 : axis == 1 ? 19 : 1;
      for (std::size_t e = 0; e < x.size(); ++e) {
        const std::size_t first = e - e / step % dims[axis] * step;
        double total = 0;
        for (std::size_t j = 0; j < dims[axis]; ++j) total += std::exp(x[first + j * step]);
        check_close(x[e] - std::log(total), result[e], dtype == f32 ? 2e-6 : 1e-14,
                    "axis " + std::to_string(axis));
      }
    }
}

BOOST_AUTO_TEST_CASE(large_and_infinite_logits) {
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> x{1e4, 1e4, -1e4, 0, 0, -inf};
  for (const int axis : {0, 1}) {
    const Shape shape = axis == 1 ? Shape{2, 3} : Shape{3, 2};
    const std::vector<double> values =
        axis == 1 ? x : std::vector<double>{1e4, 0, 1e4, 0, -1e4, -inf};
    const std::vector<double> result = evaluate(
        [&](Graph&, const auto& in) { return log_softmax(in[0], axis); }, {{shape, values, f32}});
    check_close(-std::log(2), result[0], 1e-6, "large");
    check_close(-2e4 - std::log(2), result[axis == 1 ? 2 : 4], 1e-7, "far below");
    BOOST_TEST(result[5] == -inf);
  }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  for (const int axis : {0, 1, -1})
    check_gradient([&](Graph&, const auto& x) { return log_softmax(x[0], axis) * x[1]; },
                   {random_input({2, batch, 4}, 1), random_input({4}, 2)});
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)log_softmax(g.input("x", {})); }),
                 "[log_softmax] an operand has the wrong rank");
  check_contains(graph_error([](Graph& g) {
                   (void)log_softmax(g.input("x", {batch, 4}), 2);
                 }),
                 "[log_softmax] an axis is out of range");
  check_contains(graph_error([](Graph& g) { (void)log_softmax(g.input("x", {4}, i32)); }),
                 "not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
