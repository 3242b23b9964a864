#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/autodiff/gradient.hpp>
#include <foregraph/ops/elu.hpp>
#include <foregraph/ops/gelu.hpp>
#include <foregraph/ops/gelu_tanh.hpp>
#include <foregraph/ops/hard_sigmoid.hpp>
#include <foregraph/ops/hard_swish.hpp>
#include <foregraph/ops/leaky_relu.hpp>
#include <foregraph/ops/mish.hpp>
#include <foregraph/ops/silu.hpp>
#include <foregraph/ops/softsign.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(activations_op)

namespace activations_test {

struct Activation {
  const char* name;
  Function apply;
  double (*reference)(double);
  bool is_special = false;  ///< keeps more for the backward part
};
const Activation all[] = {
    {"silu", [](Graph&, const auto& x) { return silu(x[0]); },
     [](double x) { return x / (1 + std::exp(-x)); }},
    {"mish", [](Graph&, const auto& x) { return mish(x[0]); },
     [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
    {"gelu", [](Graph&, const auto& x) { return gelu(x[0]); },
     [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }},
    {"softsign", [](Graph&, const auto& x) { return softsign(x[0]); },
     [](double x) { return x / (1 + std::abs(x)); }},
    {"leaky_relu", [](Graph&, const auto& x) { return leaky_relu(x[0]); },
     [](double x) { return x > 0 ? x : 0.01 * x; }},
    {"leaky_relu", [](Graph&, const auto& x) { return leaky_relu(x[0], -0.5); },
     [](double x) { return x > 0 ? x : -0.5 * x; }, true},
    {"elu", [](Graph&, const auto& x) { return elu(x[0]); },
     [](double x) { return x > 0 ? x : std::expm1(x); }},
    {"elu", [](Graph&, const auto& x) { return elu(x[0], -0.5); },
     [](double x) { return x > 0 ? x : -0.5 * std::expm1(x); }, true},
    {"elu", [](Graph&, const auto& x) { return selu(x[0]); },
     [](double x) {
       return 1.0507009873554804934 * (x > 0 ? x : 1.6732632423543772848 * std::expm1(x));
     }},
    {"hard_sigmoid", [](Graph&, const auto& x) { return hard_sigmoid(x[0]); },
     [](double x) { return std::fmax(0, std::fmin(1, 0.2 * x + 0.5)); }},
    {"hard_sigmoid", [](Graph&, const auto& x) { return hard_sigmoid(x[0], 0.5, 0.25); },
     [](double x) { return std::fmax(0, std::fmin(1, 0.5 * x + 0.25)); }},
    {"hard_swish", [](Graph&, const auto& x) { return hard_swish(x[0]); },
     [](double x) { return x * std::fmax(0, std::fmin(1, x / 6 + 0.5)); }},
};

std::vector<double> derivative(const Function& f, const std::vector<double>& x) {
  return evaluate([&f](Graph& g, const auto& in) { return gradient(g, sum(f(g, in)), {in[0]})[0]; },
                  {{{static_cast<std::int64_t>(x.size())}, x}});
}

constexpr bool works_in_the_compiler() {
  Graph g;
  const Tensor w = g.parameter("w", {3});
  Tensor x = silu(w);
  x = mish(x);
  x = gelu(x);
  x = gelu_tanh(x);
  x = softsign(x);
  x = leaky_relu(x);
  x = elu(x);
  x = selu(x);
  x = hard_sigmoid(x);
  x = hard_swish(x);
  const Tensor first = gradient(g, sum(x), {w})[0];
  (void)gradient(g, sum(first), {w});
  return !g.first_fault;
}
static_assert(works_in_the_compiler());

}  // namespace activations_test

BOOST_AUTO_TEST_CASE(every_length_and_dtype) {
  for (const auto& a : activations_test::all)
    check_elementwise(
        a.apply, [&a](const auto& v) { return a.reference(v[0]); }, 1, -9, 9);
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  // Away from the kinks at 0, +-3, +-2.5, -0.5 and 1.5.
  const Inputs inputs{{{batch, 4}, {-4, -2.8, -2.1, -1, -0.2, 0.3, 1, 2.2, 2.7, 3.3, -0.8, 1.9}}};
  for (const auto& a : activations_test::all) {
    BOOST_TEST_CONTEXT(a.name) check_gradient(a.apply, inputs);
  }
}

// Of the input and the output of an activation only one should live on to the backward part.
BOOST_AUTO_TEST_CASE(backward_keeps_one_of_input_and_output) {
  const std::string keep_the_output = "softsign leaky_relu elu hard_sigmoid";
  for (const activations_test::Activation& a : activations_test::all) {
    if (a.is_special) continue;
    BOOST_TEST_CONTEXT(a.name) {
      Graph g;
      const Tensor x = g.input("x", {3});
      const Tensor y = a.apply(g, {x});
      const Tensor loss = sum(y);
      const NodeId first = g.size();
      (void)gradient(g, loss, {x});
      const bool by_output = keep_the_output.find(a.name) != std::string::npos;
      for (NodeId id = first; id < g.size(); ++id)
        for (const NodeId operand : g.inputs_of(id)) BOOST_TEST(operand != (by_output ? x : y).id);
    }
  }
}

BOOST_AUTO_TEST_CASE(slopes_and_shapes_may_be_tensors) {
  const Inputs inputs{{{batch, 2}, {-1.5, 0.5, 2, -0.25, 1, -3}}, {{2}, {0.25, -0.5}}};
  check_gradient([](Graph&, const auto& x) { return leaky_relu(x[0], x[1]); }, inputs);
  check_gradient([](Graph&, const auto& x) { return elu(x[0], x[1]); }, inputs);
  check_gradient([](Graph&, const auto& x) { return hard_sigmoid(x[0], x[1], x[2]); },
                 {inputs[0], inputs[1], {{}, {0.4}}});
}

BOOST_AUTO_TEST_CASE(derivatives_at_kinks) {
  using activations_test::derivative;
  using Values = std::vector<double>;
  const Function leaky = [](Graph&, const auto& x) { return leaky_relu(x[0], 0.25); };
  const Function exponential = [](Graph&, const auto& x) { return elu(x[0], 0.5); };
  const Function hard = [](Graph&, const auto& x) { return hard_sigmoid(x[0]); };
  const Function swish = [](Graph&, const auto& x) { return hard_swish(x[0]); };
  BOOST_TEST((derivative(leaky, {0}) == Values{0.25}));
  BOOST_TEST((derivative(exponential, {0}) == Values{0.5}));
  BOOST_TEST((derivative(hard, {-2.5, 2.5}) == Values{0, 0}));
  BOOST_TEST((derivative(swish, {-3, 3}) == Values{0, 1}));
}

BOOST_AUTO_TEST_CASE(far_arguments_do_not_overflow) {
  const std::vector<double> far{-300, 300};
  for (const auto& a : activations_test::all) {
    const auto values = evaluate(a.apply, {{{2}, far, f32}});
    const auto slopes = activations_test::derivative(a.apply, far);
    for (std::size_t i = 0; i < 2; ++i) {
      check_close(a.reference(far[i]), values[i], 2e-6, a.name);
      const double slope = (a.reference(far[i] + 0.5) - a.reference(far[i] - 0.5));
      check_close(slope, slopes[i], 1e-4, a.name);
    }
  }
}

BOOST_AUTO_TEST_CASE(integers_are_refused) {
  for (const auto& a : activations_test::all)
    check_contains(graph_error([&a](Graph& g) { (void)a.apply(g, {g.input("x", {3}, i32)}); }),
                   std::string("[").append(a.name).append("]"));
}

BOOST_AUTO_TEST_SUITE_END()
