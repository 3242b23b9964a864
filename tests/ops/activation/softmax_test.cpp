#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/activation/softmax.hpp>
#include <utility>

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

BOOST_AUTO_TEST_CASE(along_every_axis) {
  const std::size_t dims[3] = {3, 5, 19};
  for (const DType dtype : {f32, f64})
    for (int axis = 0; axis < 3; ++axis) {
      const std::vector<double> x = random_values(3 * 5 * 19, 1, -5, 5);
      const std::vector<double> result =
          evaluate([&](Graph&, const auto& in) { return softmax(in[0], axis - 3); },
                   {{{3, 5, 19}, x, dtype}});
      const std::size_t step = axis == 0 ? 5 * 19 : axis == 1 ? 19 : 1;
      for (std::size_t e = 0; e < x.size(); ++e) {
        const std::size_t first = e - e / step % dims[axis] * step;
        double total = 0;
        for (std::size_t j = 0; j < dims[axis]; ++j) total += std::exp(x[first + j * step]);
        check_close(std::exp(x[e]) / total, result[e], dtype == f32 ? 1e-6 : 1e-14,
                    "axis " + std::to_string(axis));
      }
    }
}

BOOST_AUTO_TEST_CASE(large_logits_along_the_first_axis) {
  const std::vector<double> result =
      evaluate([](Graph&, const auto& x) { return softmax(x[0], 0); },
               {{{3, 2}, {10000, -10000, 10000, -10000, -10000, -30000}, f32}});
  const std::vector<double> expected{0.5, 0.5, 0.5, 0.5, 0, 0};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(causal_rows_see_no_later_keys) {
  for (const DType dtype : {f32, f64})
    for (const auto& [queries, keys] : {std::pair{5, 5}, {3, 20}, {1, 4}, {6, 4}, {40, 40}}) {
      const auto k = static_cast<std::size_t>(keys);
      const auto q = static_cast<std::size_t>(queries);
      std::vector<double> x = random_values(2 * q * k, 1, -5, 5);
      const auto is_seen = [&](std::size_t e) { return e % k + q <= e / k % q + k; };
      for (std::size_t e = 0; e < x.size(); ++e)
        if (!is_seen(e)) x[e] = 1000 + static_cast<double>(e);  // must not matter
      const std::vector<double> result =
          evaluate([](Graph&, const auto& in) { return causal_softmax(in[0]); },
                   {{{2, queries, keys}, x, dtype}});
      for (std::size_t e = 0; e < x.size(); ++e) {
        double total = 0;
        for (std::size_t j = 0; j < k; ++j)
          if (is_seen(e / k * k + j)) total += std::exp(x[e / k * k + j]);
        if (is_seen(e))
          check_close(std::exp(x[e]) / total, result[e], dtype == f32 ? 1e-6 : 1e-14, "seen");
        else
          BOOST_TEST(result[e] == 0);
      }
    }
}

BOOST_AUTO_TEST_CASE(gradients_along_other_axes_and_of_causal_rows) {
  for (const int axis : {0, 1})
    check_gradient([&](Graph&, const auto& x) { return softmax(x[0], axis) * x[1]; },
                   {random_input({2, batch, 4}, 1), random_input({4}, 2)});
  check_gradient([](Graph&, const auto& x) { return causal_softmax(x[0]) * x[1]; },
                 {random_input({batch, 3, 4}, 3), random_input({4}, 4)});
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  check_contains(graph_error([](Graph& g) { (void)softmax(g.input("x", {})); }), "[softmax]");
  check_contains(graph_error([](Graph& g) {
                   (void)softmax(g.input("x", {batch, 4}), -3);
                 }),
                 "[softmax] an axis is out of range");
  check_contains(graph_error([](Graph& g) { (void)causal_softmax(g.input("x", {batch})); }),
                 "[softmax] an operand has the wrong rank");
}

BOOST_AUTO_TEST_SUITE_END()
