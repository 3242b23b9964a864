#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/ops/losses/cosine_embedding.hpp>
#include <foregraph/ops/losses/hinge.hpp>
#include <foregraph/ops/losses/huber.hpp>
#include <foregraph/ops/losses/kl_divergence.hpp>
#include <foregraph/ops/losses/mean_absolute_error.hpp>
#include <foregraph/ops/losses/softmax_cross_entropy.hpp>
#include <foregraph/ops/losses/softmax_cross_entropy_with_probabilities.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace more_losses_test {

using Pair = double (*)(double, double);
/// A mean over pairs of numbers, for f32 and f64.
void check_pairs(const Function& f, Pair reference, const Inputs& inputs) {
  double expected = 0;
  const std::size_t n = inputs[0].values.size();
  for (std::size_t i = 0; i < n; ++i)
    expected += reference(inputs[0].values[i], inputs[1].values[i]) / static_cast<double>(n);
  for (const DType dtype : {f32, f64}) {
    Inputs typed = inputs;
    for (Input& input : typed) input.dtype = dtype;
    check_close(expected, evaluate(f, typed)[0], dtype == f32 ? 1e-6 : 1e-13, "loss");
  }
}
void check_refuses_broadcast(const Function& f, const std::string& op) {
  const std::string message = graph_error([&](Graph& g) {
    const Tensor a = g.input("a", {batch, 1});
    const Tensor b = g.input("b", {batch});
    (void)f(g, {a, b});
  });
  check_contains(message, "[" + op + "] shapes differ: f32[batch,1] and f32[batch]");
}

const Function absolute = [](Graph&, const auto& x) { return mean_absolute_error(x[0], x[1]); };
const Function huber_at_half = [](Graph&, const auto& x) { return huber(x[0], x[1], 0.5); };
const Function hinges = [](Graph&, const auto& x) { return hinge(x[0], x[1]); };
const Function divergence = [](Graph&, const auto& x) { return kl_divergence(x[0], x[1]); };
const Function cosines = [](Graph&, const auto& x) {
  return cosine_embedding(x[0], x[1], x[2], -0.3);
};
const Function smoothed = [](Graph&, const auto& x) {
  return softmax_cross_entropy_smoothed(x[0], x[1], 0.2);
};
const Function with_probabilities = [](Graph&, const auto& x) {
  return softmax_cross_entropy_with_probabilities(x[0], x[1]);
};

double log_total(const std::vector<double>& x, std::size_t first, std::size_t count) {
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) total += std::exp(x[first + i]);
  return std::log(total);
}

}  // namespace more_losses_test
using namespace more_losses_test;

BOOST_AUTO_TEST_SUITE(more_losses)

BOOST_AUTO_TEST_CASE(losses_of_pairs) {
  const Inputs inputs{random_input({batch, 7}, 1), random_input({batch, 7}, 2)};
  check_pairs(
      absolute, [](double p, double t) { return std::abs(p - t); }, inputs);
  check_pairs(
      huber_at_half,
      [](double p, double t) {
        const double e = std::abs(p - t);
        return e <= 0.5 ? e * e / 2 : 0.5 * (e - 0.25);
      },
      inputs);
  Inputs labelled = inputs;
  for (double& y : labelled[1].values) y = y > 0 ? 1 : -1;
  check_pairs(
      hinges, [](double s, double y) { return std::max(0.0, 1 - y * s); }, labelled);
  check_gradient(absolute, inputs);
  check_gradient(huber_at_half, inputs);
  check_gradient(hinges, labelled);
}

BOOST_AUTO_TEST_CASE(absolute_error_has_no_slope_at_zero) {
  Graph g;
  const Tensor p = g.input("p", {2}, f64);
  const Tensor loss = mean_absolute_error(p, g.input("t", {2}, f64));
  BOOST_TEST(loss.shape().rank == 0);
  check_close(0, evaluate(absolute, {{{2}, {1, 2}}, {{2}, {1, 2}}})[0], 0, "equal operands");
}

BOOST_AUTO_TEST_CASE(kl_of_probabilities_from_log_probabilities) {
  const std::vector<double> p{0.2, 0.8, 0, 1, 0.5, 0.5};
  const std::vector<double> q{0.3, 0.7, 0.6, 0.4, 0.5, 0.5};
  std::vector<double> log_q;
  double expected = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    log_q.push_back(std::log(q[i]));
    if (p[i] > 0) expected += p[i] * std::log(p[i] / q[i]) / 3;
  }
  for (const DType dtype : {f32, f64})
    check_close(expected,
                evaluate(divergence, {{{batch, 2}, log_q, dtype}, {{batch, 2}, p, dtype}})[0],
                dtype == f32 ? 1e-6 : 1e-13, "kl");
  check_gradient(divergence, {random_input({batch, 3}, 1), random_input({batch, 3}, 2, 0.2, 1)});
}

BOOST_AUTO_TEST_CASE(cosine_embedding_of_like_and_unlike) {
  const Inputs inputs{
      random_input({batch, 5}, 1), random_input({batch, 5}, 2), {{batch}, {1, -1, -1}}};
  double expected = 0;
  for (std::size_t r = 0; r < 3; ++r) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = r * 5; i < r * 5 + 5; ++i) {
      const double a = inputs[0].values[i], b = inputs[1].values[i];
      ab += a * b;
      aa += a * a;
      bb += b * b;
    }
    const double cosine = ab / std::sqrt(aa * bb);
    expected += (inputs[2].values[r] > 0 ? 1 - cosine : std::max(0.0, cosine + 0.3)) / 3;
  }
  check_close(expected, evaluate(cosines, inputs)[0], 1e-11, "cosine");
  const Inputs still{{{1, 3}, {0, 0, 0}, f32}, {{1, 3}, {1, 2, 3}, f32}, {{1}, {1}, f32}};
  check_close(1, evaluate(cosines, still)[0], 1e-6, "a zero vector");
  check_gradient(cosines, inputs);
  check_contains(
      graph_error([](Graph& g) {
        const Tensor a = g.input("a", {batch, 3});
        (void)cosine_embedding(a, a, g.input("y", {batch, 1}));
      }),
      "[cosine_embedding] labels do not match the vectors: f32[batch,3] and f32[batch,1]");
}

BOOST_AUTO_TEST_CASE(smoothed_labels_of_more_axes) {
  const Input logits = random_input({batch, 2, 5}, 1, -4, 4);
  const std::vector<double> labels{4, 0, 2, 1, 1, 3};
  double expected = 0;
  for (std::size_t r = 0; r < 6; ++r)
    for (std::size_t i = 0; i < 5; ++i) {
      const double wanted = 0.2 / 5 + (static_cast<double>(i) == labels[r] ? 0.8 : 0);
      expected += wanted * (log_total(logits.values, r * 5, 5) - logits.values[r * 5 + i]) / 6;
    }
  for (const DType dtype : {f32, f64}) {
    Input typed = logits;
    typed.dtype = dtype;
    check_close(expected, evaluate(smoothed, {typed, {{batch, 2}, labels, i64}})[0],
                dtype == f32 ? 1e-6 : 1e-13, "smoothed");
  }
  check_gradient(smoothed, {logits, {{batch, 2}, labels, i32}});
  check_gradient([](Graph&, const auto& x) { return softmax_cross_entropy(x[0], x[1]); },
                 {random_input({batch, 2, 3}, 5), {{batch, 2}, {2, 0, 1, 1, 0, 2}, i32}});
  check_contains(graph_error([](Graph& g) {
                   const Tensor x = g.input("x", {batch, 4});
                   (void)softmax_cross_entropy_smoothed(x, g.input("y", {batch}, i32), 1);
                 }),
                 "[softmax_cross_entropy] the label smoothing is not in [0,1)");
}

BOOST_AUTO_TEST_CASE(probabilities_as_targets) {
  const Inputs inputs{random_input({batch, 2, 5}, 1, -4, 4),
                      random_input({batch, 2, 5}, 2, 0.1, 1)};
  double expected = 0;
  for (std::size_t r = 0; r < 6; ++r)
    for (std::size_t i = 0; i < 5; ++i)
      expected += inputs[1].values[r * 5 + i] *
                  (log_total(inputs[0].values, r * 5, 5) - inputs[0].values[r * 5 + i]) / 6;
  for (const DType dtype : {f32, f64}) {
    Inputs typed = inputs;
    for (Input& input : typed) input.dtype = dtype;
    check_close(expected, evaluate(with_probabilities, typed)[0], dtype == f32 ? 1e-6 : 1e-13,
                "probabilities");
  }
  check_gradient(with_probabilities,
                 {random_input({batch, 3}, 3), random_input({batch, 3}, 4, 0, 1)});
  const Inputs far{{{1, 3}, {1e6, -1e6, 0}, f32}, {{1, 3}, {1, 0, 0}, f32}};
  BOOST_TEST(evaluate(with_probabilities, far)[0] == 0.0);
}

BOOST_AUTO_TEST_CASE(losses_do_not_broadcast) {
  check_refuses_broadcast(absolute, "absolute_error");
  check_refuses_broadcast(huber_at_half, "huber");
  check_refuses_broadcast(hinges, "hinge");
  check_refuses_broadcast(divergence, "kl_divergence");
  check_refuses_broadcast(with_probabilities, "softmax_cross_entropy_of_probabilities");
  check_contains(graph_error([](Graph& g) {
                   const Tensor x = g.input("x", {batch});
                   (void)huber(x, x, 0);
                 }),
                 "[huber] delta is not positive; expected a delta above 0");
}

BOOST_AUTO_TEST_SUITE_END()
