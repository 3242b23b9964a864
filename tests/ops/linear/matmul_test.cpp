#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/linear/matmul.hpp>
#include <foregraph/detail/ops/linear/transpose.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(matmul_op)

BOOST_AUTO_TEST_CASE(every_transpose) {
  const std::int64_t m = 3, n = 5, k = 4;
  for (const DType dtype : {f32, f64})
    for (const bool ta : {false, true})
      for (const bool tb : {false, true}) {
        const Input a{ta ? Shape{k, m} : Shape{m, k}, random_values(12, 1), dtype};
        const Input b{tb ? Shape{n, k} : Shape{k, n}, random_values(20, 2), dtype};
        const std::vector<double> result = evaluate(
            [&](Graph&, const auto& x) {
              return matmul(x[0], x[1], {ta, tb});
            },
            {a, b});
        for (std::int64_t i = 0; i < m; ++i)
          for (std::int64_t j = 0; j < n; ++j) {
            double expected = 0;
            for (std::int64_t p = 0; p < k; ++p)
              expected += a.values[static_cast<std::size_t>(ta ? p * m + i : i * k + p)] *
                          b.values[static_cast<std::size_t>(tb ? j * k + p : p * n + j)];
            check_close(expected, result[static_cast<std::size_t>(i * n + j)],
                        dtype == f32 ? 1e-6 : 1e-14, "matmul");
          }
      }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  for (const bool ta : {false, true})
    for (const bool tb : {false, true})
      check_gradient(
          [&](Graph&, const auto& x) {
            return matmul(x[0], x[1], {ta, tb});
          },
          {random_input(ta ? Shape{4, batch} : Shape{batch, 4}, 1),
           random_input(tb ? Shape{2, 4} : Shape{4, 2}, 2)});
}

BOOST_AUTO_TEST_CASE(gradient_with_a_reused_operand) {
  check_gradient(
      [](Graph&, const auto& x) {
        return matmul(x[0], x[0], {true, false});
      },
      {random_input({batch, 3}, 1)});
}

BOOST_AUTO_TEST_CASE(wrong_operands_are_refused) {
  const std::string text = graph_error([](Graph& g) {
    (void)matmul(g.input("x", {batch, 784}), g.parameter("w", {512, 10}));
  });
  check_contains(text, "[matmul] inner dimensions differ");
  check_contains(text, "f32[batch,784]");
  check_contains(text, "f32[512,10]");
  check_contains(graph_error([](Graph& g) {
                   (void)matmul(g.input("x", {3}), g.input("y", {3, 2}));
                 }),
                 "not a matrix");
}

BOOST_AUTO_TEST_SUITE_END()
