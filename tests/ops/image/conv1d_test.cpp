#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/image/conv1d.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(conv1d_op)

BOOST_AUTO_TEST_CASE(sequences) {
  const Inputs inputs{random_input({batch, 7, 2}, 1), random_input({3, 2, 4}, 2)};
  const std::vector<double> result = evaluate(
      [](Graph&, const auto& x) { return conv1d(x[0], x[1], {.before = 4, .dilation = 2}); },
      inputs);
  BOOST_REQUIRE_EQUAL(result.size(), 3U * 7 * 4);
  for (std::size_t n = 0; n < 3; ++n)
    for (std::size_t t = 0; t < 7; ++t)
      for (std::size_t f = 0; f < 4; ++f) {
        double total = 0;
        for (std::size_t k = 0; k < 3; ++k)
          for (std::size_t c = 0; c < 2; ++c)
            if (t + 2 * k >= 4)
              total += inputs[0].values[(n * 7 + t + 2 * k - 4) * 2 + c] *
                       inputs[1].values[(k * 2 + c) * 4 + f];
        check_close(total, result[(n * 7 + t) * 4 + f], 1e-13, "conv1d");
      }
  check_gradient(
      [](Graph&, const auto& x) { return conv1d(x[0], x[1], {.stride = 2, .same = true}); },
      inputs);
}

BOOST_AUTO_TEST_SUITE_END()
