// Activations and losses at the largest numbers and at infinity: the limits, and never NaN where
// there is one.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/all_ops.hpp>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <limits>
#include <string>
#include <vector>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace extreme_values {

const double inf = INFINITY;

std::vector<double> arguments(DType dtype) {
  const double largest =
      dtype == f32 ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  std::vector<double> x;
  for (const double size : {1e4, 1e12, 1e13, 1e20, 1e30, largest, inf}) {
    x.push_back(size);
    x.push_back(-size);
  }
  return x;
}
void check_limit(double expected, double actual, const std::string& what) {
  if (std::isinf(expected) || std::isinf(actual) || std::isnan(actual))
    BOOST_TEST(actual == expected, what << " is " << actual << ", not " << expected);
  else
    BOOST_TEST(std::abs(actual - expected) <= 1e-5 * std::abs(expected) + 1e-10,
               what << " is " << actual << ", not " << expected);
}

using Limit = double (*)(double);
struct Activation {
  std::string name;
  Tensor (*f)(Tensor);
  Limit value;
  Limit slope;
};

double step(double x) {
  return x > 0 ? 1 : 0;
}
double ramp(double x) {
  return x > 0 ? x : 0;
}
double side(double x) {
  return x > 0 ? 1 : -1;
}
double nothing(double) {
  return 0;
}

std::vector<Activation> activations() {
  constexpr double scale = 1.0507009873554804934;
  constexpr double alpha = 1.6732632423543772848;
  return {
      {"relu", [](Tensor x) { return relu(x); }, ramp, step},
      {"relu6", [](Tensor x) { return relu6(x); }, [](double x) { return 6 * step(x); }, nothing},
      {"leaky_relu", [](Tensor x) { return leaky_relu(x, 0.25); },
       [](double x) { return x > 0 ? x : 0.25 * x; }, [](double x) { return x > 0 ? 1 : 0.25; }},
      {"elu", [](Tensor x) { return elu(x); }, [](double x) { return x > 0 ? x : -1; }, step},
      {"selu", [](Tensor x) { return selu(x); },
       [](double x) { return x > 0 ? x * scale : -scale * alpha; },
       [](double x) { return scale * step(x); }},
      {"gelu", [](Tensor x) { return gelu(x); }, ramp, step},
      {"gelu_tanh", [](Tensor x) { return gelu_tanh(x); }, ramp, step},
      {"silu", [](Tensor x) { return silu(x); }, ramp, step},
      {"mish", [](Tensor x) { return mish(x); }, ramp, step},
      {"hard_swish", [](Tensor x) { return hard_swish(x); }, ramp, step},
      {"hard_sigmoid", [](Tensor x) { return hard_sigmoid(x); }, step, nothing},
      {"softplus", [](Tensor x) { return softplus(x); }, ramp, step},
      {"sigmoid", [](Tensor x) { return sigmoid(x); }, step, nothing},
      {"tanh", [](Tensor x) { return tanh(x); }, side, nothing},
      {"erf", [](Tensor x) { return erf(x); }, side, nothing},
      {"softsign", [](Tensor x) { return softsign(x); },
       [](double x) { return std::isinf(x) ? side(x) : x / (1 + std::abs(x)); },
       [](double x) { return 1 / (1 + std::abs(x)) / (1 + std::abs(x)); }},
      {"abs", [](Tensor x) { return abs(x); }, [](double x) { return std::abs(x); }, side},
      {"exp", [](Tensor x) { return exp(x); }, [](double x) { return x > 0 ? inf : 0; },
       [](double x) { return x > 0 ? inf : 0; }},
      {"clamp", [](Tensor x) { return clamp(x, -2.0, 3.0); },
       [](double x) { return x > 0 ? 3.0 : -2.0; }, nothing},
      {"sqrt of |x|", [](Tensor x) { return sqrt(abs(x)); },
       [](double x) { return std::sqrt(std::abs(x)); },
       [](double x) { return side(x) / 2 / std::sqrt(std::abs(x)); }},
      {"rsqrt of |x|", [](Tensor x) { return rsqrt(abs(x)); },
       [](double x) { return 1 / std::sqrt(std::abs(x)); },
       [](double x) { return -side(x) / 2 / std::sqrt(std::abs(x)) / std::abs(x); }},
      {"log of |x|", [](Tensor x) { return log(abs(x)); },
       [](double x) { return std::log(std::abs(x)); }, [](double x) { return 1 / x; }},
      {"reciprocal", [](Tensor x) { return reciprocal(x); }, [](double x) { return 1 / x; },
       [](double x) { return -1 / x / x; }},
  };
}

/// Value and gradient by operand `by` of a loss of two operands.
struct Result {
  double value;
  std::vector<double> gradient;
};
Result loss_of(const Function& loss, const Inputs& inputs, std::size_t by = 0) {
  return {evaluate(loss, inputs)[0],
          evaluate([&](Graph& g, const auto& x) { return gradient(g, loss(g, x), {x[by]})[0]; },
                   inputs)};
}
void check(const std::string& name, const Function& loss, const Inputs& inputs, double value,
           const std::vector<double>& gradient, std::size_t by = 0) {
  for (const DType dtype : {f32, f64}) {
    Inputs typed = inputs;
    for (Input& input : typed)
      if (is_floating(input.dtype)) input.dtype = dtype;
    const Result result = loss_of(loss, typed, by);
    check_limit(value, result.value, name);
    BOOST_REQUIRE_EQUAL(gradient.size(), result.gradient.size());
    for (std::size_t i = 0; i < gradient.size(); ++i)
      check_limit(gradient[i], result.gradient[i], name + "'s gradient " + std::to_string(i));
  }
}

}  // namespace extreme_values

BOOST_AUTO_TEST_SUITE(extreme_values_of_ops)

BOOST_AUTO_TEST_CASE(activations_and_their_derivatives_have_their_limits) {
  using namespace extreme_values;
  for (const DType dtype : {f32, f64})
    for (const Activation& a : activations())
      BOOST_TEST_CONTEXT(a.name << " of " << name_of(dtype)) {
        const std::vector<double> x = arguments(dtype);
        const Input input{{static_cast<std::int64_t>(x.size())}, x, dtype};
        const auto values = evaluate([&](Graph&, const auto& in) { return a.f(in[0]); }, {input});
        const auto slopes = evaluate(
            [&](Graph& g, const auto& in) { return gradient(g, sum(a.f(in[0])), {in[0]})[0]; },
            {input});
        for (std::size_t i = 0; i < x.size(); ++i) {
          const double stored = dtype == f32 ? static_cast<double>(static_cast<float>(x[i])) : x[i];
          const std::string at = " at " + std::to_string(x[i]);
          double value = a.value(stored);
          if (dtype == f32 && std::abs(value) > std::numeric_limits<float>::max())
            value = std::copysign(inf, value);
          check_limit(value, values[i], "value" + at);
          check_limit(a.slope(stored), slopes[i], "slope" + at);
        }
      }
}

BOOST_AUTO_TEST_CASE(binary_cross_entropy_of_extreme_logits) {
  using namespace extreme_values;
  const auto loss = [](Graph&, const auto& x) {
    return nn::binary_cross_entropy_with_logits(x[0], x[1]);
  };
  for (const double x : arguments(f32)) {
    check("right", loss, {{{1}, {x}}, {{1}, {step(x)}}}, 0, {0});
    check("wrong", loss, {{{1}, {x}}, {{1}, {1 - step(x)}}}, std::abs(x), {side(x)});
    if (std::abs(x) < 1e38)
      check("undecided", loss, {{{1}, {x}}, {{1}, {0.5}}}, std::abs(x) / 2, {side(x) / 2});
    check("by the target", loss, {{{1}, {x}}, {{1}, {step(x)}}}, 0, {-x}, 1);
  }
}

BOOST_AUTO_TEST_CASE(softmax_cross_entropy_of_extreme_logits) {
  using namespace extreme_values;
  const auto by_label = [](Graph&, const auto& x) { return nn::softmax_cross_entropy(x[0], x[1]); };
  const auto by_share = [](Graph&, const auto& x) {
    return nn::softmax_cross_entropy_with_probabilities(x[0], x[1]);
  };
  const double ln2 = std::log(2.0);
  for (const double low : {-1e4, -1e30, -3.4e38, -inf}) {
    const Input x{{1, 3}, {0, low, 0}};
    check("label", by_label, {x, {{1}, {0}, i64}}, ln2, {-0.5, 0, 0.5});
    check("label without a chance", by_label, {x, {{1}, {1}, i64}}, ln2 - low, {0.5, -1, 0.5});
    check("probabilities", by_share, {x, {{1, 3}, {1, 0, 0}}}, ln2, {-0.5, 0, 0.5});
    check("half and half", by_share, {x, {{1, 3}, {0.5, 0, 0.5}}}, ln2, {0, 0, 0});
    check("without a chance", by_share, {x, {{1, 3}, {0, 1, 0}}}, ln2 - low, {0.5, -1, 0.5});
    check("by the probabilities", by_share, {x, {{1, 3}, {0.5, 0, 0.5}}}, ln2,
          {ln2, ln2 - low, ln2}, 1);
  }
  for (const double high : {1e4, 1e30, 1.7e38})
    check("label", by_label, {{{1, 3}, {high, -high, 0}}, {{1}, {0}, i64}}, 0, {0, 0, 0});
}

BOOST_AUTO_TEST_CASE(kl_divergence_of_probabilities_that_are_zero) {
  using namespace extreme_values;
  const auto loss = [](Graph&, const auto& x) { return nn::kl_divergence(x[0], x[1]); };
  const double ln2 = std::log(2.0);
  check("equal", loss, {{{1, 2}, {0, -inf}}, {{1, 2}, {1, 0}}}, 0, {-1, 0});
  check("half", loss, {{{1, 2}, {-ln2, -ln2}}, {{1, 2}, {1, 0}}}, ln2, {-1, 0});
  check("never predicted", loss, {{{1, 2}, {0, -inf}}, {{1, 2}, {0.5, 0.5}}}, inf, {-0.5, -0.5});
  check("by the target", loss, {{{1, 2}, {0, -inf}}, {{1, 2}, {1, 0}}}, 0, {1, 0}, 1);
  check("by the target", loss, {{{1, 2}, {0, -1e30}}, {{1, 2}, {1, 0}}}, 0, {1, 0}, 1);
}

BOOST_AUTO_TEST_CASE(losses_of_infinite_errors) {
  using namespace extreme_values;
  const auto pair = [](double a, double b) { return Inputs{{{1}, {a}}, {{1}, {b}}}; };
  for (const double x : {1e30, inf}) {
    for (const double sign : {1.0, -1.0}) {
      const double e = sign * x;
      check("huber", [](Graph&, const auto& v) { return nn::huber(v[0], v[1], 2); }, pair(e, 0),
            2 * x, {2 * sign});
      check("mean_absolute_error",
            [](Graph&, const auto& v) { return nn::mean_absolute_error(v[0], v[1]); }, pair(e, 0),
            x, {sign});
      const double missed = sign < 0 ? x : 0;
      check("hinge", [](Graph&, const auto& v) { return nn::hinge(v[0], v[1]); }, pair(e, 1),
            missed, {sign < 0 ? -1.0 : 0.0});
    }
  }
}

// log(sum(exp(x))) and its softmax; where all are -inf there is nothing to be shared.
BOOST_AUTO_TEST_CASE(rows_with_infinities) {
  using namespace extreme_values;
  const auto total = [](Graph&, const auto& x) { return logsumexp(x[0]); };
  check("one", total, {{{2}, {-inf, 2}}}, 2, {0, 1});
  check("none", total, {{{3}, {-inf, -inf, -inf}}}, -inf, {0, 0, 0});
  check("infinite", total, {{{2}, {inf, 1}}}, inf, {1, 0});
  check("far", total, {{{3}, {1e30, -1e30, 0}}}, 1e30, {1, 0, 0});
  for (const DType dtype : {f32, f64}) {
    const Input x{{1, 3}, {-inf, 0, 0}, dtype};
    const auto p = evaluate([](Graph&, const auto& in) { return softmax(in[0]); }, {x});
    check_limit(0, p[0], "softmax");
    check_limit(0.5, p[1], "softmax");
    const auto log_p = evaluate([](Graph&, const auto& in) { return log_softmax(in[0]); }, {x});
    check_limit(-inf, log_p[0], "log_softmax");
    check_limit(-std::log(2.0), log_p[1], "log_softmax");
    // The log of a softmax, of the classes that have a chance.
    const auto by = evaluate(
        [](Graph& g, const auto& in) {
          const Tensor chosen = select(in[1], log(softmax(in[0])), 0.0);
          return gradient(g, sum(chosen), {in[0]})[0];
        },
        {x, {{1, 3}, {0, 1, 0}, boolean}});
    check_limit(0, by[0], "log of softmax");
    check_limit(0.5, by[1], "log of softmax");
    check_limit(-0.5, by[2], "log of softmax");
  }
}

BOOST_AUTO_TEST_SUITE_END()
