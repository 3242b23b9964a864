#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/reduction/cumsum.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(cumsum_op)

BOOST_AUTO_TEST_CASE(along_every_axis_both_ways) {
  for (const DType dtype : {f32, f64, i32, i64})
    for (const bool exclusive : {false, true})
      for (const bool reverse : {false, true})
        for (int axis = 0; axis < 3; ++axis) {
          const std::size_t dims[3] = {3, 5, 19};
          std::vector<double> x = random_values(3 * 5 * 19, 1, -9, 9);
          for (double& v : x) v = static_cast<int>(v);  // exact in every dtype
          const std::vector<double> result = evaluate(
              [&](Graph&, const auto& in) {
                return cumsum(in[0], axis == 1 ? -2 : axis, exclusive, reverse);
              },
              {{{3, 5, 19}, x, dtype}});
          const std::size_t step = axis == 0 ? 5 * 19 : axis == 1 ? 19 : 1;
          const std::size_t count = dims[axis];
          std::vector<double> expected(x.size(), 0);
          for (std::size_t e = 0; e < x.size(); ++e) {
            const std::size_t i = e / step % count;
            for (std::size_t j = 0; j < count; ++j)
              if (reverse ? j > i : j < i) expected[e] += x[e + j * step - i * step];
            if (!exclusive) expected[e] += x[e];
          }
          BOOST_TEST(result == expected, boost::test_tools::per_element());
        }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  for (const bool exclusive : {false, true})
    for (const bool reverse : {false, true})
      for (const int axis : {0, 1, -1})
        check_gradient(
            [&](Graph&, const auto& x) { return cumsum(x[0], axis, exclusive, reverse) * x[0]; },
            {random_input({2, batch, 2}, 1)});
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  check_contains(graph_error([](Graph& g) {
                   (void)cumsum(g.input("x", {batch, 4}), 2);
                 }),
                 "[cumsum] an axis is out of range: f32[batch,4]");
  check_contains(graph_error([](Graph& g) { (void)cumsum(g.input("x", {4}, boolean), 0); }),
                 "not defined for this dtype");
}

BOOST_AUTO_TEST_SUITE_END()
