#include <boost/test/unit_test.hpp>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/reduction/argmax.hpp>
#include <foregraph/detail/ops/shape/take_along_axis.hpp>
#include <limits>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace argmax_test {
/// The first index along the middle axis of [outer, count, inner].
std::vector<double> reference(const std::vector<double>& x, std::size_t outer, std::size_t count,
                              std::size_t inner, bool largest) {
  std::vector<double> result;
  for (std::size_t o = 0; o < outer; ++o)
    for (std::size_t c = 0; c < inner; ++c) {
      std::size_t best = 0;
      const auto at = [&](std::size_t i) { return x[(o * count + i) * inner + c]; };
      for (std::size_t i = 1; i < count; ++i)
        if (largest ? at(i) > at(best) : at(i) < at(best)) best = i;
      result.push_back(static_cast<double>(best));
    }
  return result;
}
}  // namespace argmax_test

BOOST_AUTO_TEST_SUITE(argmax_argmin_op)

BOOST_AUTO_TEST_CASE(the_first_along_every_axis) {
  const std::size_t dims[3] = {3, 37, 70};
  std::vector<double> x = random_values(3 * 37 * 70, 1, -9, 9);
  for (double& v : x) v = static_cast<int>(v);  // many equal ones
  std::size_t outer = 1;
  for (int axis = 0; axis < 3; ++axis) {
    const std::size_t inner = x.size() / outer / dims[axis];
    const auto largest = argmax_test::reference(x, outer, dims[axis], inner, true);
    const auto smallest = argmax_test::reference(x, outer, dims[axis], inner, false);
    for (const DType dtype : {f32, f64, i32, i64})
      for (const DType index : {i32, i64}) {
        const Input in{{3, 37, 70}, x, dtype};
        const std::vector<double> most = evaluate(
            [&](Graph&, const auto& t) { return argmax(t[0], axis - 3, KeepDims::no, index); },
            {in});
        const std::vector<double> least = evaluate(
            [&](Graph&, const auto& t) { return argmin(t[0], axis, KeepDims::yes, index); }, {in});
        BOOST_TEST(most == largest, boost::test_tools::per_element());
        BOOST_TEST(least == smallest, boost::test_tools::per_element());
      }
    outer *= dims[axis];
  }
}

BOOST_AUTO_TEST_CASE(shapes_dtypes_and_constant_evaluation) {
  constexpr bool ok = [] {
    Graph g;
    const Tensor x = g.input("x", {batch, 4, 5});
    const Tensor a = argmax(x, -1);
    const Tensor b = argmin(x, 0, KeepDims::yes, i32);
    return a.shape() == Shape{batch, 4} && a.dtype() == i64 && b.shape() == Shape{1, 4, 5} &&
           b.dtype() == i32;
  }();
  static_assert(ok);
}

BOOST_AUTO_TEST_CASE(infinities_and_nan) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Input x{{4, 3}, {-inf, -inf, -inf, 1, nan, 2, nan, 3, nan, inf, 0, inf}, f32};
  const std::vector<double> rows =
      evaluate([](Graph&, const auto& in) { return argmax(in[0], 1); }, {x});
  BOOST_TEST(rows == (std::vector<double>{0, 1, 0, 0}), boost::test_tools::per_element());
  const std::vector<double> columns =
      evaluate([](Graph&, const auto& in) { return argmin(in[0], 0); }, {x});
  BOOST_TEST(columns == (std::vector<double>{2, 1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_gradient_flows_through_positions) {
  const std::vector<double> result = evaluate(
      [](Graph& g, const auto& x) {
        const Tensor where = argmax(x[0] * x[0], 1, KeepDims::yes);
        return gradient(g, sum(take_along_axis(x[0] * x[0], where, 1)), {x[0]})[0];
      },
      {{{2, 3}, {1, -2, 1, 3, 0, 2}}});
  const std::vector<double> expected{0, -4, 0, 6, 0, 0};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  check_contains(graph_error([](Graph& g) {
                   (void)argmax(g.input("x", {batch, 4}), 2);
                 }),
                 "[argmax] an axis is out of range: f32[batch,4]");
  check_contains(graph_error([](Graph& g) { (void)argmin(g.input("x", {4}, boolean), 0); }),
                 "[argmin] the op is not defined for this dtype");
  check_contains(
      graph_error([](Graph& g) { (void)argmin(g.input("x", {4}), 0, KeepDims::no, f32); }),
      "[argmin] positions cannot have this dtype: f32[4]; expected i32 or i64");
}

BOOST_AUTO_TEST_SUITE_END()
