#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/layers/group_norm.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(group_norm_function)

BOOST_AUTO_TEST_CASE(values) {
  for (const DType dtype : {f32, f64})
    for (const std::int64_t groups : {1, 2, 3, 6}) {
      const Inputs in{{{batch, 2, 5, 6}, random_values(180, 1, -3, 5), dtype},
                      {{6}, random_values(6, 2), dtype},
                      {{6}, random_values(6, 3), dtype}};
      const auto y = evaluate(
          [&](Graph&, const auto& x) { return group_norm(x[0], x[1], x[2], groups, 1e-3); }, in);
      const auto size = static_cast<std::size_t>(6 / groups);
      const auto& x = in[0].values;
      for (std::size_t i = 0; i < y.size(); ++i) {
        double n = 0;
        double mean = 0;
        double squares = 0;
        for (std::size_t j = i / 60 * 60; j < i / 60 * 60 + 60; ++j)
          if (j % 6 / size == i % 6 / size) {
            n += 1;
            mean += x[j];
            squares += x[j] * x[j];
          }
        mean /= n;
        check_close(
            (x[i] - mean) / std::sqrt(squares / n - mean * mean + 1e-3) * in[1].values[i % 6] +
                in[2].values[i % 6],
            y[i], dtype == f32 ? 1e-5 : 1e-12, "group_norm");
      }
    }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return group_norm(x[0], x[1], x[1], 2); },
                 {random_input({2, 2, 4}, 1), random_input({4}, 2)});
  check_gradient([](Graph&, const auto& x) { return group_norm(x[0], x[1], x[2], 1, 0.1); },
                 {random_input({batch, 3}, 1), random_input({3}, 2), random_input({3}, 3)});
}

BOOST_AUTO_TEST_CASE(parameters_and_faults) {
  Graph g;
  (void)nn::group_norm(g.input("x", {batch, 3, 6}), 2, "gn");
  BOOST_TEST(full_name(g, g.variables[0].node) == "gn/gamma");
  BOOST_TEST(full_name(g, g.variables[1].node) == "gn/beta");
  check_contains(graph_error([](Graph& h) {
                   (void)nn::group_norm(h.input("x", {batch, 3, 6}), 4, "gn");
                 }),
                 "cannot be split into that many groups");
}

BOOST_AUTO_TEST_SUITE_END()
