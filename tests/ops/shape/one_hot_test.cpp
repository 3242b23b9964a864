#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/ops/shape/one_hot.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(one_hot_op)

BOOST_AUTO_TEST_CASE(every_dtype) {
  for (const DType index : {i32, i64})
    for (const DType dtype : {f32, f64, i32, i64, boolean}) {
      const std::vector<double> indices{0, 6, 3, 3, 1, 5};
      const std::vector<double> result =
          evaluate([&](Graph&, const auto& x) { return one_hot(x[0], 7, dtype); },
                   {{{batch, 2}, indices, index}});
      std::vector<double> expected(42, 0);
      for (std::size_t r = 0; r < 6; ++r)
        expected[r * 7 + static_cast<std::size_t>(indices[r])] = 1;
      BOOST_TEST(result == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(constant_evaluation) {
  constexpr bool ok = [] {
    Graph g;
    const Tensor y = one_hot(g.input("x", {batch}, i32), 10);
    return y.shape() == Shape{batch, 10} && y.dtype() == f32;
  }();
  static_assert(ok);
}

BOOST_AUTO_TEST_CASE(an_index_out_of_range_names_op_position_and_range) {
  for (const double index : {-1.0, 5.0})
    BOOST_CHECK_EXCEPTION(evaluate([](Graph&, const auto& x) { return one_hot(x[0], 5); },
                                   {{{2, 2}, {0, 4, index, 1}, i32}}),
                          DataError, [&](const DataError& error) {
                            check_contains(error.what(),
                                           "[one_hot] position 2: index " +
                                               std::to_string(static_cast<int>(index)) +
                                               " is out of range, expected 0..4");
                            return true;
                          });
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  check_contains(
      graph_error([](Graph& g) { (void)one_hot(g.input("x", {batch}), 3); }),
      "[one_hot] the operand does not have an integer dtype: f32[batch]; expected indices i32");
  check_contains(graph_error([](Graph& g) { (void)one_hot(g.input("x", {batch}, i64), 0); }),
                 "[one_hot] a dimension is below 1");
}

BOOST_AUTO_TEST_SUITE_END()
