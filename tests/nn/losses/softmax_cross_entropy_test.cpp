#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/nn/losses/softmax_cross_entropy.hpp>

#include "support/loss_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(softmax_cross_entropy_op)

BOOST_AUTO_TEST_CASE(value_for_both_label_types) {
  const Input logits = random_input({batch, 5}, 1, -4, 4);
  const std::vector<double> labels{4, 0, 2};
  double expected = 0;
  for (std::size_t r = 0; r < 3; ++r) {
    double total = 0;
    for (std::size_t i = 0; i < 5; ++i) total += std::exp(logits.values[r * 5 + i]);
    expected += (std::log(total) - logits.values[r * 5 + static_cast<std::size_t>(labels[r])]) / 3;
  }
  for (const DType dtype : {i32, i64})
    check_close(
        expected,
        evaluate([](Graph&, const auto& x) { return nn::softmax_cross_entropy(x[0], x[1]); },
                 {logits, {{batch}, labels, dtype}})[0],
        1e-13, "loss");
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient([](Graph&, const auto& x) { return nn::softmax_cross_entropy(x[0], x[1]); },
                 {random_input({batch, 4}, 1), {{batch}, {3, 0, 1}, i32}});
}

BOOST_AUTO_TEST_CASE(large_logits_do_not_overflow) {
  const double loss =
      evaluate([](Graph&, const auto& x) { return nn::softmax_cross_entropy(x[0], x[1]); },
               {{{1, 3}, {1e6, -1e6, 0}, f32}, {{1}, {0}, i32}})[0];
  BOOST_TEST(loss == 0.0);
}

BOOST_AUTO_TEST_CASE(a_label_out_of_range_is_named) {
  for (const double label : {-1.0, 4.0})
    BOOST_CHECK_EXCEPTION(
        evaluate([](Graph&, const auto& x) { return nn::softmax_cross_entropy(x[0], x[1]); },
                 {random_input({batch, 4}, 1), {{batch}, {1, label, 0}, i32}}),
        DataError, [&](const DataError& error) {
          check_contains(error.what(), "softmax_cross_entropy");
          check_contains(error.what(), std::to_string(static_cast<int>(label)));
          check_contains(error.what(), "sample 1 of the batch");
          return true;
        });
}

BOOST_AUTO_TEST_CASE(wrong_labels_are_refused) {
  check_contains(graph_error([](Graph& g) {
                   (void)nn::softmax_cross_entropy(g.input("l", {batch, 4}), g.input("y", {batch}));
                 }),
                 "labels do not match the logits");
  check_contains(
      graph_error([](Graph& g) {
        (void)nn::softmax_cross_entropy(g.input("l", {batch, 4}), g.input("y", {batch, 4}, i32));
      }),
      "labels do not match the logits");
}

BOOST_AUTO_TEST_CASE(smoothed_labels_of_more_axes) {
  const auto smoothed = [](Graph&, const auto& x) {
    return nn::softmax_cross_entropy_smoothed(x[0], x[1], 0.2);
  };
  const Input logits = random_input({batch, 2, 5}, 1, -4, 4);
  const std::vector<double> labels{4, 0, 2, 1, 1, 3};
  double expected = 0;
  for (std::size_t r = 0; r < 6; ++r)
    for (std::size_t i = 0; i < 5; ++i) {
      const double wanted = 0.2 / 5 + (static_cast<double>(i) == labels[r] ? 0.8 : 0);
      expected +=
          wanted * (loss_check::log_total(logits.values, r * 5, 5) - logits.values[r * 5 + i]) / 6;
    }
  for (const DType dtype : {f32, f64}) {
    Input typed = logits;
    typed.dtype = dtype;
    check_close(expected, evaluate(smoothed, {typed, {{batch, 2}, labels, i64}})[0],
                dtype == f32 ? 1e-6 : 1e-13, "smoothed");
  }
  check_gradient(smoothed, {logits, {{batch, 2}, labels, i32}});
  check_gradient([](Graph&, const auto& x) { return nn::softmax_cross_entropy(x[0], x[1]); },
                 {random_input({batch, 2, 3}, 5), {{batch, 2}, {2, 0, 1, 1, 0, 2}, i32}});
  check_contains(graph_error([](Graph& g) {
                   const Tensor x = g.input("x", {batch, 4});
                   (void)nn::softmax_cross_entropy_smoothed(x, g.input("y", {batch}, i32), 1);
                 }),
                 "[softmax_cross_entropy] the label smoothing is not in [0,1)");
}

BOOST_AUTO_TEST_SUITE_END()
