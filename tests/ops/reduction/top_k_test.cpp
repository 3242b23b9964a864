#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/reduction/top_k.hpp>
#include <limits>
#include <numeric>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(top_k_op)

BOOST_AUTO_TEST_CASE(sorted_and_stable_along_every_axis) {
  const std::size_t dims[3] = {4, 33, 3};
  std::vector<double> x = random_values(4 * 33 * 3, 1, -9, 9);
  for (double& v : x) v = static_cast<int>(v);  // many equal ones
  for (const DType dtype : {f32, f64, i32, i64})
    for (const bool largest : {true, false})
      for (int axis = 0; axis < 3; ++axis)
        for (const std::size_t k : {std::size_t{1}, std::size_t{3}, dims[axis]}) {
          if (k > dims[axis]) continue;
          const Input in{{4, 33, 3}, x, dtype};
          const auto result = [&](bool indices) {
            return evaluate(
                [&](Graph&, const auto& t) {
                  const TopK top = top_k(t[0], static_cast<std::int64_t>(k), axis - 3, largest);
                  return indices ? top.indices : top.values;
                },
                {in});
          };
          const std::size_t inner = axis == 0 ? 33 * 3 : axis == 1 ? 3 : 1;
          const std::size_t outer = x.size() / inner / dims[axis];
          std::vector<double> expected(outer * k * inner);
          std::vector<double> expected_values(expected.size());
          for (std::size_t o = 0; o < outer; ++o)
            for (std::size_t c = 0; c < inner; ++c) {
              const auto at = [&](std::size_t i) { return x[(o * dims[axis] + i) * inner + c]; };
              std::vector<std::size_t> order(dims[axis]);
              std::iota(order.begin(), order.end(), 0U);
              std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
                return largest ? at(a) > at(b) : at(a) < at(b);
              });
              for (std::size_t i = 0; i < k; ++i) {
                expected[(o * k + i) * inner + c] = static_cast<double>(order[i]);
                expected_values[(o * k + i) * inner + c] = at(order[i]);
              }
            }
          BOOST_TEST(result(true) == expected, boost::test_tools::per_element());
          BOOST_TEST(result(false) == expected_values, boost::test_tools::per_element());
        }
}

BOOST_AUTO_TEST_CASE(nan_is_above_all_numbers) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Input x{{6}, {1, nan, -inf, inf, nan, 2}};
  const auto top = [&](bool largest) {
    return evaluate([&](Graph&, const auto& in) { return top_k_indices(in[0], 6, 0, largest); },
                    {x});
  };
  BOOST_TEST(top(true) == (std::vector<double>{1, 4, 3, 5, 0, 2}),
             boost::test_tools::per_element());
  BOOST_TEST(top(false) == (std::vector<double>{2, 0, 5, 3, 1, 4}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return top_k(x[0] * x[0], 2).values * x[1]; },
                 {random_input({batch, 5}, 1), random_input({2}, 2)});
  check_gradient([](Graph&, const auto& x) { return top_k(x[0], 1, 0, false).values; },
                 {random_input({batch, 5}, 3)});
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  const auto refused = [](std::int64_t k, int axis, const std::string& what) {
    check_contains(graph_error([&](Graph& g) {
                     (void)top_k(g.input("x", {batch, 4}), k, axis);
                   }),
                   "[top_k_indices] " + what);
  };
  refused(2, 2, "an axis is out of range: f32[batch,4]");
  refused(0, 1, "k is below 1 or above the size of the axis: f32[batch,4]; expected k from 1");
  refused(5, 1, "k is below 1 or above the size of the axis");
  refused(2, 0, "k is below 1 or above the size of the axis");  // a batch may be of one sample
  check_contains(graph_error([](Graph& g) { (void)top_k(g.input("x", {4}, boolean), 1); }),
                 "not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
