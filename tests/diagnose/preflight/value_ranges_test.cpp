#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/diagnose/preflight/stopped_gradients.hpp>
#include <foregraph/detail/diagnose/preflight/value_ranges.hpp>
#include <foregraph/foregraph.hpp>
#include <limits>

#include "support/function_ref.hpp"

// Ranges of values, by interval arithmetic, and gradients that are stopped on some ways only.

using namespace foregraph;
using namespace foregraph::checks;

namespace {

constexpr double endless = std::numeric_limits<double>::infinity();

/// The range of a function of one input between `low` and `high`.
Range range_of_function(test::FunctionRef<Tensor(Tensor)> f, double low, double high) {
  Graph g;
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = f(x);
  return ranges_of(g, [&](NodeId) { return Range{low, high}; })[static_cast<std::size_t>(y.id)];
}

void expect_range(test::FunctionRef<Tensor(Tensor)> f, double low, double high,
                  double in_low = -endless, double in_high = endless) {
  const Range range = range_of_function(f, in_low, in_high);
  BOOST_TEST((range.low == low || std::abs(range.low - low) < 1e-12), range.low << " for " << low);
  BOOST_TEST((range.high == high || std::abs(range.high - high) < 1e-12),
             range.high << " for " << high);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(value_ranges)

BOOST_AUTO_TEST_CASE(of_activations_for_any_operand) {
  expect_range([](Tensor x) { return sigmoid(x); }, 0, 1);
  expect_range([](Tensor x) { return tanh(x) * 3.0 - 1.0; }, -4, 2);
  expect_range([](Tensor x) { return relu(x); }, 0, endless);
  expect_range([](Tensor x) { return negate(relu6(x)); }, -6, 0);
  expect_range([](Tensor x) { return log_softmax(x); }, -endless, 0);
  expect_range([](Tensor x) { return square(x); }, 0, endless);
  expect_range([](Tensor x) { return x * x; }, 0, endless);
  expect_range([](Tensor x) { return hard_sigmoid(x); }, 0, 1);
  expect_range([](Tensor x) { return elu(x); }, -1, endless);
  expect_range([](Tensor x) { return x; }, -endless, endless);
  expect_range([](Tensor x) { return x - x; }, -endless, endless);
}

BOOST_AUTO_TEST_CASE(of_operands_within_bounds) {
  expect_range([](Tensor x) { return 1.0 - x; }, -1, 3, -2, 2);
  expect_range([](Tensor x) { return x * -2.0; }, -4, 4, -2, 2);
  expect_range([](Tensor x) { return square(x); }, 1, 9, -3, -1);
  expect_range([](Tensor x) { return abs(x); }, 0, 3, -3, 2);
  expect_range([](Tensor x) { return exp(x); }, 1, std::exp(1.0), 0, 1);
  expect_range([](Tensor x) { return maximum(x, 0.5); }, 0.5, 2, -2, 2);
  expect_range([](Tensor x) { return clamp(x, -1.0, 1.0); }, -1, 0.5, -2, 0.5);
  expect_range([](Tensor x) { return x / 4.0; }, -0.5, 0.5, -2, 2);
  expect_range([](Tensor x) { return concat({x, relu(x) + 3.0}, 1); }, -2, 5, -2, 2);
}

BOOST_AUTO_TEST_CASE(paths_that_are_stopped) {
  const auto stopped = [](test::FunctionRef<Tensor(Graph&, Tensor, Tensor)> loss) {
    Graph g;
    const Tensor x = g.input("x", {batch, 2});
    const Tensor w = g.parameter("w", {Dim{2}, Dim{2}}, uniform(0.5));
    const Tensor y = loss(g, x, w);
    return has_stopped_paths(g, {.loss = mean(y), .outputs = {}});
  };
  BOOST_TEST(!stopped([](Graph&, Tensor x, Tensor w) { return matmul(x, w); }));
  // Frozen, or of no parameter: the rest descends along its gradient.
  BOOST_TEST(!stopped([](Graph& g, Tensor x, Tensor w) {
    const Tensor v = g.parameter("v", {Dim{2}, Dim{2}}, uniform(0.5));
    return matmul(matmul(x, stop_gradient(w)), v);
  }));
  BOOST_TEST(!stopped([](Graph&, Tensor x, Tensor w) { return matmul(stop_gradient(x), w); }));
  // Both ways: a target that the model makes for itself.
  BOOST_TEST(stopped([](Graph&, Tensor x, Tensor w) {
    const Tensor y = matmul(x, w);
    return square(y - stop_gradient(y));
  }));
  BOOST_TEST(
      stopped([](Graph&, Tensor x, Tensor w) { return matmul(matmul(x, stop_gradient(w)), w); }));
}

BOOST_AUTO_TEST_SUITE_END()
