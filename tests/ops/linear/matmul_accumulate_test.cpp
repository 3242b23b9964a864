#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/linear/matmul_accumulate.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(matmul_accumulate_op)

namespace {
/// beta c + alpha op(a) op(b) by three loops.
std::vector<double> accumulated_by_loops(const Input& c, const Input& a, const Input& b,
                                         double alpha, double beta, Transposed transposed,
                                         std::int64_t m, std::int64_t n, std::int64_t k) {
  std::vector<double> result;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t p = 0; p < k; ++p)
        sum += a.values[static_cast<std::size_t>(transposed.a ? p * m + i : i * k + p)] *
               b.values[static_cast<std::size_t>(transposed.b ? j * k + p : p * n + j)];
      result.push_back(beta * c.values[static_cast<std::size_t>(i * n + j)] + alpha * sum);
    }
  return result;
}
}  // namespace

BOOST_AUTO_TEST_CASE(every_transpose_and_dtype) {
  for (const std::int64_t m : {3, 40})  // our own kernels, and OpenBLAS
    for (const DType dtype : {f32, f64})
      for (const bool ta : {false, true})
        for (const bool tb : {false, true}) {
          const std::int64_t n = m + 2, k = 2 * m;
          const Input c{{m, n}, random_values(static_cast<std::size_t>(m * n), 1), dtype};
          const Input a{ta ? Shape{k, m} : Shape{m, k},
                        random_values(static_cast<std::size_t>(m * k), 2), dtype};
          const Input b{tb ? Shape{n, k} : Shape{k, n},
                        random_values(static_cast<std::size_t>(k * n), 3), dtype};
          const std::vector<double> result = evaluate(
              [&](Graph&, const auto& x) {
                return matmul_accumulate(x[0], x[1], x[2], -0.5, 0.75, {ta, tb});
              },
              {c, a, b});
          const std::vector<double> expected =
              accumulated_by_loops(c, a, b, -0.5, 0.75, {ta, tb}, m, n, k);
          for (std::size_t i = 0; i < expected.size(); ++i)
            check_close(expected[i], result[i], dtype == f32 ? 1e-5 : 1e-13, "accumulated");
        }
}

BOOST_AUTO_TEST_CASE(over_a_dying_operand) {
  // relu(c) dies here, so the result is written over it: the plan has one buffer for both.
  const Input c = random_input({4, 5}, 1), a = random_input({4, 3}, 2), b = random_input({3, 5}, 3);
  const std::vector<double> result = evaluate(
      [](Graph&, const auto& x) { return matmul_accumulate(relu(x[0]), x[1], x[2], 2.0, 1.0); },
      {c, a, b});
  Input positive = c;
  for (double& v : positive.values) v = v > 0 ? v : 0;
  const std::vector<double> expected = accumulated_by_loops(positive, a, b, 2, 1, {}, 4, 5, 3);
  for (std::size_t i = 0; i < expected.size(); ++i)
    check_close(expected[i], result[i], 1e-13, "accumulated in place");
}

BOOST_AUTO_TEST_CASE(gradient_of_every_operand) {
  check_gradient(
      [](Graph&, const auto& x) { return matmul_accumulate(x[0], x[1], x[2], x[3], x[4]); },
      {random_input({batch, 2}, 1), random_input({batch, 4}, 2), random_input({4, 2}, 3),
       random_input({}, 4), random_input({}, 5)});
}

BOOST_AUTO_TEST_CASE(wrong_operands_are_refused) {
  const auto refused = [](const Shape& c, const Shape& a, DType dtype, const std::string& part) {
    check_contains(graph_error([&](Graph& g) {
                     (void)matmul_accumulate(g.input("c", c), g.input("a", a), g.input("b", {3, 2}),
                                             1.0, g.input("beta", {}, dtype));
                   }),
                   part);
  };
  refused({4, 2}, {4, 5}, f32, "[matmul_accumulate] inner dimensions differ");
  refused({4, 3}, {4, 3}, f32,
          "[matmul_accumulate] the operands of an accumulated matmul do not match");
  refused({4, 2}, {4, 3}, f64, "expected c with the shape of the product, and two scalars");
}

BOOST_AUTO_TEST_SUITE_END()
