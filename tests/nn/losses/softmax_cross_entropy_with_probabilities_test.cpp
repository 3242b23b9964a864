#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/losses/softmax_cross_entropy_with_probabilities.hpp>

#include "support/loss_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace softmax_cross_entropy_with_probabilities_cases {
const auto with_probabilities = [](Graph&, const auto& x) {
  return nn::softmax_cross_entropy_with_probabilities(x[0], x[1]);
};
}  // namespace softmax_cross_entropy_with_probabilities_cases

BOOST_AUTO_TEST_SUITE(softmax_cross_entropy_with_probabilities_loss)

BOOST_AUTO_TEST_CASE(probabilities_as_targets) {
  const Inputs inputs{random_input({batch, 2, 5}, 1, -4, 4),
                      random_input({batch, 2, 5}, 2, 0.1, 1)};
  double expected = 0;
  for (std::size_t r = 0; r < 6; ++r)
    for (std::size_t i = 0; i < 5; ++i)
      expected +=
          inputs[1].values[r * 5 + i] *
          (loss_check::log_total(inputs[0].values, r * 5, 5) - inputs[0].values[r * 5 + i]) / 6;
  for (const DType dtype : {f32, f64}) {
    Inputs typed = inputs;
    for (Input& input : typed) input.dtype = dtype;
    check_close(
        expected,
        evaluate(softmax_cross_entropy_with_probabilities_cases::with_probabilities, typed)[0],
        dtype == f32 ? 1e-6 : 1e-13, "probabilities");
  }
  check_gradient(softmax_cross_entropy_with_probabilities_cases::with_probabilities,
                 {random_input({batch, 3}, 3), random_input({batch, 3}, 4, 0, 1)});
  const Inputs far{{{1, 3}, {1e6, -1e6, 0}, f32}, {{1, 3}, {1, 0, 0}, f32}};
  BOOST_TEST(evaluate(softmax_cross_entropy_with_probabilities_cases::with_probabilities, far)[0] ==
             0.0);
}

BOOST_AUTO_TEST_CASE(operands_do_not_broadcast) {
  loss_check::check_refuses_broadcast(
      softmax_cross_entropy_with_probabilities_cases::with_probabilities,
      "softmax_cross_entropy_of_probabilities");
}

BOOST_AUTO_TEST_SUITE_END()
