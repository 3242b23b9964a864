// Recurrent nodes against loops over steps and units, written down from ONNX's equations.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>

#include "onnx/one_node.hpp"
#include "support/op_check.hpp"

namespace onnx_recurrent_test {

using namespace foregraph::onnx_tests;
using foregraph::test::onnx_bytes::attribute;
using Values = std::vector<double>;

constexpr std::size_t T = 4, N = 3, I = 2, H = 2;

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

/// The operands of a node of two directions, with as many gates, and loops over them.
struct Node {
  std::size_t gates;
  Values x = mixed_values(T * N * I, 1), w = mixed_values(2 * gates * H * I, 2),
         r = mixed_values(2 * gates * H * H, 3), b = mixed_values(2 * 2 * gates * H, 4),
         h0 = mixed_values(2 * N * H, 5), c0 = mixed_values(2 * N * H, 6),
         p = mixed_values(2 * 3 * H, 7);
  std::vector<std::size_t> lengths{4, 2, 3};
  Values y = Values(T * 2 * N * H), last_h = h0, last_c = c0;

  /// The product of a row of the input's weights with x, plus its bias.
  double of_input(std::size_t d, std::size_t row, std::size_t t, std::size_t n) const {
    double sum = b[d * 2 * gates * H + row];
    for (std::size_t i = 0; i < I; ++i)
      sum += w[(d * gates * H + row) * I + i] * x[(t * N + n) * I + i];
    return sum;
  }
  double of_hidden(std::size_t d, std::size_t row, const Values& h) const {
    double sum = 0;
    for (std::size_t k = 0; k < H; ++k) sum += r[(d * gates * H + row) * H + k] * h[k];
    return sum;
  }
  double hidden_bias(std::size_t d, std::size_t row) const {
    return b[d * 2 * gates * H + gates * H + row];
  }

  /// Calls step(direction, time, sample, h, c) for all steps in order; it changes h and c.
  void run(
      const std::function<void(std::size_t, std::size_t, std::size_t, Values&, Values&)>& step) {
    for (std::size_t d = 0; d < 2; ++d)
      for (std::size_t n = 0; n < N; ++n) {
        const std::size_t at = (d * N + n) * H;
        Values h(h0.begin() + static_cast<std::ptrdiff_t>(at),
                 h0.begin() + static_cast<std::ptrdiff_t>(at + H));
        Values c(c0.begin() + static_cast<std::ptrdiff_t>(at),
                 c0.begin() + static_cast<std::ptrdiff_t>(at + H));
        for (std::size_t k = 0; k < lengths[n]; ++k) {
          const std::size_t t = d == 0 ? k : lengths[n] - 1 - k;
          step(d, t, n, h, c);
          for (std::size_t u = 0; u < H; ++u) y[((t * 2 + d) * N + n) * H + u] = h[u];
        }
        for (std::size_t u = 0; u < H; ++u) {
          last_h[at + u] = h[u];
          last_c[at + u] = c[u];
        }
      }
  }

  OneNode node(const char* op_type, std::vector<std::string> attributes) const {
    const auto size = [](std::size_t n) { return static_cast<std::int64_t>(n); };
    attributes.push_back(attribute("direction", "bidirectional"));
    attributes.push_back(attribute("hidden_size", size(H)));
    Values steps(lengths.begin(), lengths.end());
    OneNode one{op_type,
                {{{size(T), size(N), size(I)}, x},
                 {{2, size(gates * H), size(I)}, w, true},
                 {{2, size(gates * H), size(H)}, r, true},
                 {{2, size(2 * gates * H)}, b, true},
                 {{size(N)}, steps, false, true},
                 {{2, size(N), size(H)}, h0}},
                attributes,
                2};
    return one;
  }
};

}  // namespace onnx_recurrent_test

BOOST_AUTO_TEST_SUITE(onnx_recurrent)

using namespace onnx_recurrent_test;

BOOST_AUTO_TEST_CASE(an_lstm_with_everything_is_that_of_the_equations) {
  Node node{4};
  node.run([&](std::size_t d, std::size_t t, std::size_t n, Values& h, Values& c) {
    const Values before = h;
    for (std::size_t u = 0; u < H; ++u) {
      const auto gate = [&](std::size_t g) {
        const std::size_t row = g * H + u;
        return node.of_input(d, row, t, n) + node.of_hidden(d, row, before) +
               node.hidden_bias(d, row);
      };
      const auto peephole = [&](std::size_t g) { return node.p[(d * 3 + g) * H + u]; };
      const double i = logistic(gate(0) + peephole(0) * c[u]);
      const double f = logistic(gate(2) + peephole(2) * c[u]);
      c[u] = f * c[u] + i * std::tanh(gate(3));
      const double o = logistic(gate(1) + peephole(1) * c[u]);
      h[u] = o * std::tanh(c[u]);
    }
  });
  OneNode one = node.node("LSTM", {});
  one.operands.push_back({{2, N, H}, node.c0});
  one.operands.push_back({{2, 3 * H}, node.p, true});
  one.outputs = 3;
  const auto results = one.run();
  check_values(node.y, results.at(0));
  check_values(node.last_h, results.at(1));
  check_values(node.last_c, results.at(2));
}

BOOST_AUTO_TEST_CASE(both_kinds_of_gru_are_those_of_the_equations) {
  for (const bool linear_before_reset : {false, true}) {
    Node node{3};
    node.run([&](std::size_t d, std::size_t t, std::size_t n, Values& h, Values&) {
      const Values before = h;
      Values z(H), r(H), reset(H);
      for (std::size_t u = 0; u < H; ++u) {
        const auto gate = [&](std::size_t row) {
          return logistic(node.of_input(d, row, t, n) + node.of_hidden(d, row, before) +
                          node.hidden_bias(d, row));
        };
        z[u] = gate(u);
        r[u] = gate(H + u);
        reset[u] = r[u] * before[u];
      }
      for (std::size_t u = 0; u < H; ++u) {
        const std::size_t row = 2 * H + u;
        const double bias = node.hidden_bias(d, row);
        const double recurrent = linear_before_reset
                                     ? r[u] * (node.of_hidden(d, row, before) + bias)
                                     : node.of_hidden(d, row, reset) + bias;
        const double candidate = std::tanh(node.of_input(d, row, t, n) + recurrent);
        h[u] = (1 - z[u]) * candidate + z[u] * before[u];
      }
    });
    const auto results =
        node.node("GRU", {attribute("linear_before_reset", std::int64_t{linear_before_reset})})
            .run();
    check_values(node.y, results.at(0));
    check_values(node.last_h, results.at(1));
  }
}

BOOST_AUTO_TEST_CASE(activations_and_clip_are_those_of_the_node) {
  Node node{1};
  const auto step = [&](std::size_t d, std::size_t t, std::size_t n, Values& h, Values&) {
    const Values before = h;
    for (std::size_t u = 0; u < H; ++u) {
      const double sum =
          node.of_input(d, u, t, n) + node.of_hidden(d, u, before) + node.hidden_bias(d, u);
      const double clipped = std::min(std::max(sum, -0.7), 0.7);
      // Forwards 0.5 x + 0.25, backwards the leaky relu of slope 0.3.
      h[u] = d == 0 ? 0.5 * clipped + 0.25 : clipped < 0 ? 0.3 * clipped : clipped;
    }
  };
  node.run(step);
  const auto results =
      node.node("RNN", {attribute("clip", 0.7F),
                        attribute("activations", std::vector<std::string>{"Affine", "LeakyRelu"}),
                        attribute("activation_alpha", std::vector<float>{0.5F, 0.3F}),
                        attribute("activation_beta", std::vector<float>{0.25F})})
          .run();
  check_values(node.y, results.at(0));
  check_values(node.last_h, results.at(1));
}

/// Without states, lengths and masks the ops for whole sequences do it: the same numbers come out.
BOOST_AUTO_TEST_CASE(the_ops_for_sequences_agree_with_single_steps) {
  for (const auto& [op_type, gates] : {std::pair{"LSTM", 4}, std::pair{"GRU", 3}}) {
    Node node{static_cast<std::size_t>(gates)};
    node.lengths = {T, T, T};
    OneNode fused = node.node(op_type, {attribute("linear_before_reset", std::int64_t{1})});
    fused.operands[4] = fused.operands[5] = {};
    OneNode steps = fused;
    // Zeros that are data.
    steps.operands[5] = {{2, N, H}, Values(2 * N * H, 0.0)};
    const auto expected = steps.run();
    BOOST_TEST(fused.load().graph.size() < steps.load().graph.size());
    const auto actual = fused.run();
    check_values(expected[0].values, actual[0]);
    check_values(expected[1].values, actual[1]);
    // Zeros that the file stores are none.
    steps.operands[5].is_stored = true;
    BOOST_TEST(steps.load().graph.size() == fused.load().graph.size());
  }
}

BOOST_AUTO_TEST_CASE(wrong_directions_and_unknown_activations_are_refused) {
  Node node{1};
  OneNode one =
      node.node("RNN", {attribute("activations", std::vector<std::string>{"Sine", "Sine"})});
  foregraph::test::check_contains(one.refusal(), "the activation sine");
  one.attributes = {attribute("direction", "forward")};
  foregraph::test::check_contains(one.refusal(), "the weights are for 2 directions");
}

BOOST_AUTO_TEST_SUITE_END()
