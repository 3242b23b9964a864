#include <boost/test/unit_test.hpp>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/sequence/lstm.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace lstm_cases {
Tensor fused(Graph&, const std::vector<Tensor>& x) {
  return lstm(x[0], x[1]);
}
Tensor unrolled(Graph&, const std::vector<Tensor>& x) {
  const detail::UnrolledLstm all(x[0], x[1], Location::current());
  return detail::sequence_of(all.hidden, Location::current());
}
Inputs inputs_of(std::int64_t steps, std::int64_t units, std::int64_t samples, DType dtype) {
  const auto random = [&](Shape shape, unsigned seed, double range) {
    Input input = random_input(shape, seed, -range, range, samples);
    input.dtype = dtype;
    return input;
  };
  return {random({batch, steps, 4 * units}, 1, 2), random({units, 4 * units}, 2, 1)};
}
}  // namespace lstm_cases

BOOST_AUTO_TEST_SUITE(lstm_ops)

BOOST_AUTO_TEST_CASE(it_is_what_its_steps_are) {
  using namespace lstm_cases;
  for (const DType dtype : {f32, f64})
    for (const std::int64_t units : {1, 5, 16, 19})
      for (const std::int64_t steps : {1, 2, 7}) {
        const Inputs inputs = inputs_of(steps, units, 3, dtype);
        const std::vector<double> expected = evaluate(unrolled, inputs);
        const std::vector<double> result = evaluate(fused, inputs);
        BOOST_REQUIRE_EQUAL(expected.size(), result.size());
        for (std::size_t i = 0; i < result.size(); ++i)
          check_close(expected[i], result[i], dtype == f32 ? 2e-6 : 1e-13, "lstm");
      }
}

BOOST_AUTO_TEST_CASE(gates_saturate_without_nan) {
  Inputs inputs = lstm_cases::inputs_of(3, 4, 3, f32);
  for (double& v : inputs[0].values) v *= 1000;
  for (const double h : evaluate(lstm_cases::fused, inputs)) BOOST_TEST(std::abs(h) <= 1);
}

BOOST_AUTO_TEST_CASE(gradients) {
  using namespace lstm_cases;
  check_gradient(fused, inputs_of(3, 2, 2, f64), true, 2);
  check_gradient(fused, inputs_of(1, 3, 2, f64), true, 2);
}

BOOST_AUTO_TEST_CASE(gradients_of_some_steps_alone) {
  using namespace lstm_cases;
  const Inputs inputs = inputs_of(5, 9, 3, f64);
  const auto gradients = [&](const Function& f, std::int64_t begin, std::int64_t end) {
    const auto of_operand = [&](std::size_t which) {
      return evaluate(
          [&](Graph& g, const auto& x) {
            const Tensor part = slice(f(g, x), 1, begin, end);
            return gradient(g, sum(part * part), {x[which]})[0];
          },
          inputs);
    };
    std::vector<double> all = of_operand(0);
    const std::vector<double> weights = of_operand(1);
    all.insert(all.end(), weights.begin(), weights.end());
    return all;
  };
  for (const auto& [begin, end] : {std::pair{4, 5}, {2, 5}, {0, 5}, {0, 2}, {1, 4}}) {
    const std::vector<double> expected = gradients(unrolled, begin, end);
    const std::vector<double> result = gradients(fused, begin, end);
    for (std::size_t i = 0; i < expected.size(); ++i)
      check_close(expected[i], result[i], 1e-12, "gradient");
  }
}

BOOST_AUTO_TEST_CASE(one_step_later_has_zeros_first) {
  const auto later = [](Graph&, const auto& x) {
    return detail::one_step_later(x[0], Location::current());
  };
  const std::vector<double> y =
      evaluate(later, {{{batch, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}, f32}}, 2);
  const std::vector<double> expected{0, 0, 1, 2, 0, 0, 5, 6};
  BOOST_TEST(y == expected, boost::test_tools::per_element());
  const std::vector<double> one = evaluate(later, {{{batch, 1, 2}, {1, 2, 3, 4}, f32}}, 2);
  BOOST_TEST(one == std::vector<double>(4), boost::test_tools::per_element());
  check_gradient(later, {random_input({batch, 3, 2}, 1)});
  check_gradient(later, {random_input({batch, 1, 2}, 1)});
}

BOOST_AUTO_TEST_CASE(the_last_step) {
  const std::vector<double> last =
      evaluate([](Graph&, const auto& x) { return last_step(x[0]); },
               {{{batch, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, f64}});
  const std::vector<double> expected{3, 4, 7, 8, 11, 12};
  BOOST_TEST(last == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_does_not_match_is_refused) {
  const auto refused = [](Shape gates, Shape weights, DType dtype) {
    return graph_error(
        [&](Graph& g) { (void)lstm(g.input("x", gates), g.input("w", weights, dtype)); });
  };
  const std::string mismatch = "[lstm] the gates do not match the recurrent weights: f32[";
  check_contains(refused({batch, 3, 8}, {3, 8}, f32), mismatch + "batch,3,8] and f32[3,8]");
  check_contains(refused({batch, 3, 8}, {2, 6}, f32), mismatch + "batch,3,8] and f32[2,6]");
  check_contains(refused({3, batch, 8}, {2, 8}, f32), mismatch + "3,batch,8] and f32[2,8]");
  check_contains(refused({batch, 8}, {2, 8}, f32), mismatch + "batch,8] and f32[2,8]");
  check_contains(refused({batch, 3, 8}, {2, 8}, f64), "[lstm] dtypes differ");
}

BOOST_AUTO_TEST_SUITE_END()
