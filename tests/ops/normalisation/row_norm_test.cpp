// The parts that layer_norm and rms_norm share, by the one made of the other.
#include <boost/test/unit_test.hpp>
#include <cstdint>

#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/nn/layers/layer_norm.hpp>
#include <foregraph/detail/nn/layers/rms_norm.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace row_norm_cases {

/// Of rows whose mean is subtracted first.
Tensor by_rms_norm(const std::vector<Tensor>& x) {
  const Tensor centred = x[0] - mean(x[0], {-1}, KeepDims::yes);
  return rms_norm(centred, x[1], 1e-3) + x[2];
}
Tensor by_layer_norm(const std::vector<Tensor>& x) {
  return layer_norm(x[0], x[1], x[2], 1e-3);
}

}  // namespace row_norm_cases

BOOST_AUTO_TEST_SUITE(row_norms)

BOOST_AUTO_TEST_CASE(layer_norm_is_rms_norm_of_centred_rows) {
  using namespace row_norm_cases;
  for (const std::int64_t k : {1, 7, 16, 33}) {
    const Inputs in{random_input({batch, 2, k}, 1, -3, 5), random_input({k}, 2),
                    random_input({k}, 3), random_input({batch, 2, k}, 4)};
    const auto values = evaluate([](Graph&, const auto& x) { return by_layer_norm(x); }, in);
    const auto expected = evaluate([](Graph&, const auto& x) { return by_rms_norm(x); }, in);
    BOOST_REQUIRE_EQUAL(values.size(), expected.size());
    for (std::size_t i = 0; i < values.size(); ++i)
      check_close(expected[i], values[i], 1e-12, "value");
    for (const std::size_t which : {0U, 1U, 2U}) {
      const auto slope_of = [&](Tensor (*f)(const std::vector<Tensor>&)) {
        return evaluate(
            [&](Graph& g, const auto& x) {
              const Tensor loss = sum(f(x) * x[3]);
              return gradient(g, loss, {x[which]})[0];
            },
            in);
      };
      const auto slope = slope_of(by_layer_norm);
      const auto expected_slope = slope_of(by_rms_norm);
      for (std::size_t i = 0; i < slope.size(); ++i)
        check_close(expected_slope[i], slope[i], 1e-11,
                    "slope by operand " + std::to_string(which));
    }
  }
}

BOOST_AUTO_TEST_CASE(both_refuse_the_same_operands) {
  const auto both_refuse = [](Shape shape, DType dtype, Shape row, DType row_dtype,
                              const std::string& message) {
    check_contains(graph_error([&](Graph& g) {
                     const Tensor x = g.input("x", shape, dtype);
                     (void)rms_norm(x, g.input("gamma", row, row_dtype));
                   }),
                   "[rms_norm] " + message);
    check_contains(graph_error([&](Graph& g) {
                     const Tensor x = g.input("x", shape, dtype);
                     const Tensor gamma = g.input("gamma", row, row_dtype);
                     (void)layer_norm(x, gamma, gamma);
                   }),
                   "[layer_norm] " + message);
  };
  const std::string mismatch = "the operands of a row normalization do not match: ";
  both_refuse({batch, 3}, f32, {4}, f32, mismatch);
  both_refuse({batch, 3}, f32, {1, 3}, f32, mismatch);
  both_refuse({batch, 3}, f32, {3}, f64, mismatch);
  both_refuse({batch}, f32, {batch}, f32, mismatch);
  both_refuse({}, f32, {1}, f32, mismatch);
  both_refuse({batch, 3}, i32, {3}, i32, "the op is not defined for this dtype: ");
}

BOOST_AUTO_TEST_SUITE_END()
