#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/reduction/sum_product.hpp>

#include "support/reduce_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(sum_product_op)

BOOST_AUTO_TEST_CASE(over_every_set_of_axes) {
  check_reduction([](const auto& x, Axes axes) { return sum_product(x[0], x[1], axes); },
                  [](const auto& in) {
                    double total = 0;
                    for (std::size_t i = 0; i < in[0].size(); ++i) total += in[0][i] * in[1][i];
                    return total;
                  },
                  {f32, f64}, 2, 0.5, 2);
}

BOOST_AUTO_TEST_CASE(long_sums_of_floats_stay_exact) {
  const std::vector<double> tenths(1'000'000, 0.1);
  const double square = static_cast<double>(0.1F * 0.1F);
  for (const Shape& shape : {Shape{1'000'000}, Shape{200'000, 5}, Shape{20'000, 50}}) {
    const std::vector<double> result =
        evaluate([](Graph&, const auto& x) { return sum_product(x[0], x[1], {0}); },
                 {{shape, tenths, f32}, {shape, tenths, f32}});
    for (const double r : result)
      check_close(square * static_cast<double>(shape[0].constant), r, 1e-6, "sum of products");
  }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  for (const Axes& axes : {Axes{}, Axes{0}, Axes{-1}, Axes{0, 2}})
    check_gradient([&](Graph&, const auto& x) { return sum_product(x[0], x[1], axes); },
                   {random_input({batch, 2, 2}, 1), random_input({batch, 2, 2}, 2)});
  check_gradient(
      [](Graph&, const auto& x) { return sum_product(x[0], x[0], {1}, KeepDims::yes) * x[0]; },
      {random_input({batch, 3}, 3)});
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  const auto f = [](const auto& x, Axes axes) { return sum_product(x[0], x[1], axes); };
  check_reduction_faults("sum_product", f, 2, true);
  const std::string shapes = graph_error([](Graph& g) {
    (void)sum_product(g.input("a", {batch, 3}), g.input("b", {3}));
  });
  check_contains(shapes, "[sum_product] shapes differ: f32[batch,3] and f32[3]");
  check_contains(
      graph_error([](Graph& g) { (void)sum_product(g.input("a", {3}), g.input("b", {3}, f64)); }),
      "dtypes differ");
}

BOOST_AUTO_TEST_SUITE_END()
