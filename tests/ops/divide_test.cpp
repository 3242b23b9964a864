#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/ops/divide.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(divide_op)

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  check_elementwise([](Graph&, const auto& x) { return x[0] / x[1]; },
                    [](const auto& v) { return v[0] / v[1]; }, 2, 0.5, 3);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  const Function f = [](Graph&, const auto& x) { return x[0] / x[1]; };
  check_gradient(f, {random_input({batch, 4}, 1, 0.5, 2), random_input({batch, 4}, 2, 0.5, 2)});
}

BOOST_AUTO_TEST_CASE(gradient_with_broadcasting) {
  const Function f = [](Graph&, const auto& x) { return x[0] / x[1]; };
  check_gradient(f, {random_input({batch, 4}, 3, 0.5, 2), random_input({4}, 4, 0.5, 2)});
  check_gradient(f, {random_input({batch, 1}, 5, 0.5, 2), random_input({batch, 4}, 6, 0.5, 2)});
  check_gradient(f, {random_input({}, 7, 0.5, 2), random_input({2, batch, 2}, 8, 0.5, 2)});
}

BOOST_AUTO_TEST_CASE(gradient_with_a_reused_operand) {
  const Function f = [](Graph&, const std::vector<Tensor>& in) {
    const std::vector<Tensor> x{in[0], in[0]};
    return x[0] / x[1];
  };
  check_gradient(f, {random_input({batch, 3}, 9, 0.5, 2)});
}

BOOST_AUTO_TEST_CASE(wrong_shapes_name_the_op_and_both_shapes) {
  const std::string text = graph_error([](Graph& g) {
    const std::vector<Tensor> x{g.input("a", {batch, 3}), g.input("b", {batch, 4})};
    (void)(x[0] / x[1]);
  });
  check_contains(text, "divide");
  check_contains(text, "f32[batch,3]");
  check_contains(text, "f32[batch,4]");
}

BOOST_AUTO_TEST_CASE(mixed_dtypes_are_refused) {
  const std::string text = graph_error([](Graph& g) {
    const std::vector<Tensor> x{g.input("a", {3}, f32), g.input("b", {3}, f64)};
    (void)(x[0] / x[1]);
  });
  check_contains(text, "dtypes differ");
}

BOOST_AUTO_TEST_SUITE_END()
