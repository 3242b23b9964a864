// NaN is never turned into a number on the way to the loss, where training looks for it.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/all_ops.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(not_a_number)

BOOST_AUTO_TEST_CASE(passes_through_activations) {
  using Function = std::function<Tensor(Tensor)>;
  const std::vector<std::pair<std::string, Function>> functions{
      {"relu", [](Tensor x) { return relu(x); }},
      {"relu6", [](Tensor x) { return relu6(x); }},
      {"leaky_relu", [](Tensor x) { return leaky_relu(x); }},
      {"elu", [](Tensor x) { return elu(x); }},
      {"gelu", [](Tensor x) { return gelu(x); }},
      {"gelu_tanh", [](Tensor x) { return gelu_tanh(x); }},
      {"hard_sigmoid", [](Tensor x) { return hard_sigmoid(x); }},
      {"hard_swish", [](Tensor x) { return hard_swish(x); }},
      {"mish", [](Tensor x) { return mish(x); }},
      {"sigmoid", [](Tensor x) { return sigmoid(x); }},
      {"silu", [](Tensor x) { return silu(x); }},
      {"softplus", [](Tensor x) { return softplus(x); }},
      {"softsign", [](Tensor x) { return softsign(x); }},
      {"tanh", [](Tensor x) { return tanh(x); }},
      {"erf", [](Tensor x) { return erf(x); }},
      {"exp", [](Tensor x) { return exp(x); }},
      {"log", [](Tensor x) { return log(x); }},
      {"sqrt", [](Tensor x) { return sqrt(x); }}};
  for (const DType dtype : {f32, f64})
    for (const auto& [name, function] : functions) {
      const auto result = evaluate([&op = function](Graph&, const auto& x) { return op(x[0]); },
                                   {{{3}, {0.5, std::nan(""), 0.25}, dtype}});
      BOOST_TEST(std::isnan(result[1]), name);
      BOOST_TEST(!std::isnan(result[0]), name);
    }
}

BOOST_AUTO_TEST_CASE(reaches_the_loss) {
  for (const DType dtype : {f32, f64}) {
    const Input x{{4}, {0.5, std::nan(""), 0.25, 0.125}, dtype};
    const Input y{{4}, {1, 0, 0, 1}, dtype};
    BOOST_TEST(std::isnan(evaluate(
        [](Graph&, const auto& v) { return binary_cross_entropy(v[0], v[1]); }, {x, y})[0]));
    BOOST_TEST(std::isnan(
        evaluate([](Graph&, const auto& v) { return binary_cross_entropy_with_logits(v[0], v[1]); },
                 {x, y})[0]));
    BOOST_TEST(std::isnan(
        evaluate([](Graph&, const auto& v) { return mean_squared_error(v[0], v[1]); }, {x, y})[0]));
    const auto probabilities = evaluate([](Graph&, const auto& v) { return softmax(v[0]); },
                                        {{{2, 3}, {0.5, std::nan(""), 0.25, 1, 2, 3}, dtype}});
    BOOST_TEST(std::isnan(probabilities[0]));
    BOOST_TEST(!std::isnan(probabilities[3]));
  }
}

BOOST_AUTO_TEST_SUITE_END()
