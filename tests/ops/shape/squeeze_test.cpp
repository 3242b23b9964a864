#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/shape/squeeze.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace squeeze_cases {

constexpr bool in_the_compiler() {
  Graph g;
  const Tensor x = g.input("x", {batch, 1, 3, 1});
  const Tensor deep = g.input("deep", {batch, 2, 3, 4});
  return squeeze(x).shape() == Shape{batch, 3} && squeeze(x, {-1}).shape() == Shape{batch, 1, 3} &&
         squeeze(x, {1, 3}).shape() == Shape{batch, 3} &&
         unsqueeze(x, 0).shape() == Shape{1, batch, 1, 3, 1} &&
         unsqueeze(x, -1).shape() == Shape{batch, 1, 3, 1, 1} &&
         unsqueeze(x, 2).shape() == Shape{batch, 1, 1, 3, 1} &&
         flatten(deep).shape() == Shape{batch, 24} &&
         flatten(deep, 0).shape() == Shape{Dim{0, 24}} &&
         flatten(deep, -2).shape() == Shape{batch, 2, 12} &&
         flatten(squeeze(x, {1, 3}), 2).shape() == Shape{batch, 3, 1};
}
static_assert(in_the_compiler());

}  // namespace squeeze_cases

BOOST_AUTO_TEST_SUITE(squeeze_functions)

BOOST_AUTO_TEST_CASE(elements_stay_and_gradients_pass) {
  const auto f = [](Graph&, const auto& x) {
    const Tensor y = flatten(unsqueeze(squeeze(x[0], {1}), -1));
    return y * y;
  };
  const Input x = random_input({batch, 1, 2, 2}, 1);
  const std::vector<double> result = evaluate(f, {x});
  for (std::size_t i = 0; i < result.size(); ++i)
    check_close(x.values[i] * x.values[i], result[i], 1e-14, "square");
  check_gradient(f, {x});
}

BOOST_AUTO_TEST_CASE(wrong_axes_are_refused) {
  const auto refused = [](const Function& f, const std::string& what) {
    const std::string text = graph_error([&](Graph& g) {
      (void)f(g, {g.input("x", {batch, 1, 3})});
    });
    check_contains(text, "[reshape] " + what);
    check_contains(text, "f32[batch,1,3]");
  };
  refused([](Graph&, const auto& x) { return squeeze(x[0], {2}); },
          "an axis to be squeezed is larger than 1");
  refused([](Graph&, const auto& x) { return squeeze(x[0], {0}); },
          "an axis to be squeezed is larger than 1");
  refused([](Graph&, const auto& x) { return squeeze(x[0], {3}); }, "an axis is out of range");
  refused([](Graph&, const auto& x) { return unsqueeze(x[0], 4); }, "an axis is out of range");
  refused([](Graph&, const auto& x) { return unsqueeze(x[0], -5); }, "an axis is out of range");
  refused([](Graph&, const auto& x) { return flatten(x[0], 4); }, "an axis is out of range");
  refused([](Graph&, const auto& x) { return flatten(x[0], -4); }, "an axis is out of range");
}

BOOST_AUTO_TEST_SUITE_END()
