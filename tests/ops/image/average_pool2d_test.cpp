#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/image/average_pool2d.hpp>

#include "support/pool_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace average_pool2d_cases {
double total(const std::vector<double>& window) {
  double result = 0;
  for (const double v : window) result += v;
  return result;
}
}  // namespace average_pool2d_cases

BOOST_AUTO_TEST_SUITE(average_pool2d_op)

BOOST_AUTO_TEST_CASE(mean_of_each_window) {
  using namespace pool_check;
  using namespace average_pool2d_cases;
  for (const DType dtype : {f32, f64})
    for (const Case& k : cases()) {
      compare(
          k, [&](Graph&, const auto& x) { return average_pool2d(x[0], {k.options}); }, dtype,
          [](const auto& window, std::int64_t) {
            return total(window) / static_cast<double>(window.size());
          });
      compare(
          k,
          [&](Graph&, const auto& x) {
            return average_pool2d(x[0], {k.options, true});
          },
          dtype,
          [](const auto& window, std::int64_t count) {
            return total(window) / static_cast<double>(count);
          });
    }
}

BOOST_AUTO_TEST_CASE(gradients) {
  for (const Pool2dOptions& o : {Pool2dOptions{}, square_pool(3, 1, 1), square_pool(2, 1)})
    check_gradient([&](Graph&, const auto& x) { return average_pool2d(x[0], {o}); },
                   {random_input({batch, 4, 4, 1}, 4)});
}

BOOST_AUTO_TEST_CASE(whole_images) {
  const std::vector<double> mean_of{2.5, -6.5};
  BOOST_TEST(evaluate([](Graph&, const auto& x) { return global_average_pool(x[0]); },
                      {{{1, 2, 2, 2}, {1, -8, 2, -7, 3, -6, 4, -5}, f64}}) == mean_of,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(padding_as_tensorflow) {
  Graph g;
  const Tensor x = g.input("x", {batch, 5, 6, 1});
  BOOST_TEST((average_pool2d(x, {{3, 3, 2, 2, same_padding}}).shape() == Shape{batch, 3, 3, 1}));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  pool_check::check_refused("average_pool2d", [](Tensor x, const Pool2dOptions& options) {
    return average_pool2d(x, {options});
  });
}

BOOST_AUTO_TEST_SUITE_END()
