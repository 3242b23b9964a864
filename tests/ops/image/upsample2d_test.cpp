#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/image/upsample2d.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(upsample2d_ops)

BOOST_AUTO_TEST_CASE(nearest) {
  for (const DType dtype : {f32, f64, i32, i64, boolean}) {
    const std::vector<double> y =
        evaluate([](Graph&, const auto& x) { return upsample_nearest2d(x[0], 2, 3); },
                 {{{1, 2, 2, 1}, {1, 0, 0, 1}, dtype}});
    const std::vector<double> expected{1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0,
                                       0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1};
    BOOST_TEST(y == expected, boost::test_tools::per_element());
  }
  check_gradient([](Graph&, const auto& x) { return upsample_nearest2d(x[0], 2, 3); },
                 {random_input({batch, 2, 1, 2}, 1)});
}

BOOST_AUTO_TEST_CASE(bilinear) {
  // [1, 2] at twice the width: a quarter of the way between centres, borders repeated.
  const auto at_width = [](std::int64_t width, bool align) {
    return evaluate(
        [&](Graph&, const auto& x) { return upsample_bilinear2d(x[0], 1, width, align); },
        {{{1, 1, 2, 1}, {1, 2}, f64}});
  };
  const std::vector<double> half{1, 1.25, 1.75, 2};
  const std::vector<double> aligned{1, 1.5, 2};
  BOOST_TEST(at_width(4, false) == half, boost::test_tools::per_element());
  BOOST_TEST(at_width(3, true) == aligned, boost::test_tools::per_element());
  // A plane stays a plane inside: rows 0, 1, 2 of value 10 i + j.
  const std::vector<double> plane =
      evaluate([](Graph&, const auto& x) { return upsample_bilinear2d(x[0], 5, 5, true); },
               {{{1, 3, 3, 1}, {0, 1, 2, 10, 11, 12, 20, 21, 22}, f64}});
  for (std::size_t i = 0; i < 5; ++i)
    for (std::size_t j = 0; j < 5; ++j)
      check_close(5.0 * static_cast<double>(i) + 0.5 * static_cast<double>(j), plane[i * 5 + j],
                  1e-14, "plane");
}

BOOST_AUTO_TEST_CASE(bilinear_gradients) {
  for (const bool align : {false, true})
    for (const std::int64_t size : {2, 5})
      check_gradient(
          [&](Graph&, const auto& x) { return upsample_bilinear2d(x[0], size, 4, align); },
          {random_input({batch, 3, 2, 2}, 2)});
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  check_contains(graph_error([](Graph& g) {
                   (void)upsample_nearest2d(g.input("x", {batch, 2, 2}), 2, 2);
                 }),
                 "[upsample_nearest2d] an operand is not an image: f32[batch,2,2]");
  check_contains(graph_error([](Graph& g) {
                   (void)upsample_nearest2d(g.input("x", {batch, 2, 2, 1}), 0, 2);
                 }),
                 "[upsample_nearest2d] a scale or a size is below 1");
  check_contains(graph_error([](Graph& g) {
                   (void)upsample_bilinear2d(g.input("x", {batch, 2, 2, 1}, i32), 4, 4);
                 }),
                 "[upsample_bilinear2d] the op is not defined for this dtype: i32");
}

BOOST_AUTO_TEST_SUITE_END()
