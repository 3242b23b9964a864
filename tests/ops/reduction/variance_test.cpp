#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/reduction/variance.hpp>

#include "support/reduce_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace variance_test {
double reference(const std::vector<Group>& in) {
  const auto n = static_cast<double>(in[0].size());
  double mean = 0;
  for (const double v : in[0]) mean += v / n;
  double total = 0;
  for (const double v : in[0]) total += (v - mean) * (v - mean);
  return total / n;
}
}  // namespace variance_test

BOOST_AUTO_TEST_SUITE(variance_op)

BOOST_AUTO_TEST_CASE(over_every_set_of_axes) {
  check_reduction([](const auto& x, Axes axes) { return variance(x[0], axes); },
                  variance_test::reference, {f32, f64});
  check_reduction([](const auto& x, Axes axes) { return standard_deviation(x[0], axes); },
                  [](const auto& in) { return std::sqrt(variance_test::reference(in)); }, {f64});
}

BOOST_AUTO_TEST_CASE(a_large_mean_costs_no_precision) {
  std::vector<double> values;
  for (int i = 0; i < 4000; ++i) values.push_back(4096 + (i % 2 == 0 ? 0.5 : -0.5));
  for (const Shape& shape : {Shape{4000}, Shape{4000, 1}, Shape{200, 20}})
    for (const double v : evaluate([](Graph&, const auto& x) { return variance(x[0], {0}); },
                                   {{shape, values, f32}}))
      check_close(shape[1].is_one() ? 0.25 : 0, v, 1e-6, "variance");
}

BOOST_AUTO_TEST_CASE(follows_the_batch) {
  for (const std::int64_t size : {1, 2, 5}) {
    const Input x = random_input({batch, 1}, 1, -2, 2, size);
    const double result =
        evaluate([](Graph&, const auto& in) { return variance(in[0], {0}); }, {x}, size)[0];
    check_close(variance_test::reference({x.values}), result, 1e-14, "variance");
  }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  for (const Axes& axes : {Axes{}, Axes{0}, Axes{-1}, Axes{0, 2}}) {
    check_gradient([&](Graph&, const auto& x) { return variance(x[0], axes); },
                   {random_input({batch, 2, 3}, 1)});
    check_gradient(
        [&](Graph&, const auto& x) {
          const Tensor scale = standard_deviation(x[0], axes, KeepDims::yes);
          return (x[0] - mean(x[0], axes, KeepDims::yes)) / scale;
        },
        {random_input({batch, 3, 4}, 2)}, false);
  }
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  check_reduction_faults(
      "variance", [](const auto& x, Axes axes) { return variance(x[0], axes); }, 1, true);
  check_contains(graph_error([](Graph& g) {
                   const Tensor x = g.input("x", {batch, 3});
                   (void)variance_about(x, mean(x, {1}), {1});
                 }),
                 "[variance] the mean does not have the operand's shape with size 1 in the reduced "
                 "axes: f32[batch,3] and f32[batch]; expected mean(x, axes, KeepDims::yes)");
  check_contains(graph_error([](Graph& g) {
                   (void)variance_about(g.input("x", {3}), g.input("m", {1}, f64), {0});
                 }),
                 "dtypes differ");
}

BOOST_AUTO_TEST_SUITE_END()
