#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/ops/sequence/gru.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace gru_cases {
Tensor fused(Graph&, const std::vector<Tensor>& x) {
  return gru(x[0], x[1], x[2]);
}
Tensor unrolled(Graph&, const std::vector<Tensor>& x) {
  const detail::UnrolledGru all(x[0], x[1], x[2], Location::current());
  return detail::sequence_of(all.hidden, Location::current());
}
Inputs inputs_of(std::int64_t steps, std::int64_t units, std::int64_t samples, DType dtype) {
  const auto random = [&](Shape shape, unsigned seed, double range) {
    Input input = random_input(shape, seed, -range, range, samples);
    input.dtype = dtype;
    return input;
  };
  return {random({batch, steps, 3 * units}, 1, 2), random({units, 3 * units}, 2, 1),
          random({units}, 3, 1)};
}
}  // namespace gru_cases

BOOST_AUTO_TEST_SUITE(gru_ops)

BOOST_AUTO_TEST_CASE(it_is_what_its_steps_are) {
  using namespace gru_cases;
  for (const DType dtype : {f32, f64})
    for (const std::int64_t units : {1, 5, 16, 19})
      for (const std::int64_t steps : {1, 2, 7}) {
        const Inputs inputs = inputs_of(steps, units, 3, dtype);
        const std::vector<double> expected = evaluate(unrolled, inputs);
        const std::vector<double> result = evaluate(fused, inputs);
        BOOST_REQUIRE_EQUAL(expected.size(), result.size());
        for (std::size_t i = 0; i < result.size(); ++i)
          check_close(expected[i], result[i], dtype == f32 ? 2e-6 : 1e-13, "gru");
      }
}

BOOST_AUTO_TEST_CASE(one_step_by_hand) {
  // From zeros: n = tanh(x_n + r b), h = (1 - z) n.
  const std::vector<double> h =
      evaluate(gru_cases::fused,
               {{{1, 1, 3}, {0.3, -0.2, 0.5}, f64}, {{1, 3}, {9, 9, 9}, f64}, {{1}, {0.7}, f64}});
  const double r = 1 / (1 + std::exp(-0.3));
  const double z = 1 / (1 + std::exp(0.2));
  check_close((1 - z) * std::tanh(0.5 + r * 0.7), h[0], 1e-14, "h");
}

BOOST_AUTO_TEST_CASE(gradients) {
  using namespace gru_cases;
  check_gradient(fused, inputs_of(3, 2, 2, f64), true, 2);
  check_gradient(fused, inputs_of(1, 3, 2, f64), true, 2);
}

BOOST_AUTO_TEST_CASE(what_does_not_match_is_refused) {
  const auto refused = [](Shape gates, Shape weights, Shape bias) {
    return graph_error([&](Graph& g) {
      (void)gru(g.input("x", gates), g.input("w", weights), g.input("b", bias));
    });
  };
  const std::string mismatch = "[gru] the gates do not match the recurrent weights: f32[";
  check_contains(refused({batch, 3, 8}, {2, 8}, {2}), mismatch + "batch,3,8] and f32[2,8]");
  check_contains(refused({batch, 3, 6}, {2, 6}, {3}), mismatch + "batch,3,6] and f32[2,6]");
}

BOOST_AUTO_TEST_SUITE_END()
