#include "support/activation_check.hpp"

namespace foregraph::test {

std::vector<double> derivatives_at(const Function& f, const std::vector<double>& x) {
  return evaluate([&f](Graph& g, const auto& in) { return gradient(g, sum(f(g, in)), {in[0]})[0]; },
                  {{{static_cast<std::int64_t>(x.size())}, x}});
}

namespace {

// Of the input and the output of an activation only one should live on to the backward part.
void check_keeps(const Function& f, Keeps keeps) {
  Graph g;
  const Tensor x = g.input("x", {3});
  const Tensor y = f(g, {x});
  const Tensor loss = sum(y);
  const NodeId first = g.size();
  (void)gradient(g, loss, {x});
  for (NodeId id = first; id < g.size(); ++id)
    for (const NodeId operand : g.inputs_of(id))
      BOOST_TEST(operand != (keeps == Keeps::output ? x : y).id);
}

}  // namespace

void check_activation(const std::string& name, const Function& f, double (*reference)(double),
                      Keeps keeps) {
  BOOST_TEST_CONTEXT(name) {
    check_elementwise(
        f, [&](const auto& v) { return reference(v[0]); }, 1, -9, 9);
    check_gradient(f, {{{batch, 4}, {-4, -2.8, -2.1, -1, -0.2, 0.3, 1, 2.2, 2.7, 3.3, -0.8, 1.9}}});
    if (keeps != Keeps::any) check_keeps(f, keeps);
    const std::vector<double> far{-300, 300};
    const auto values = evaluate(f, {{{2}, far, f32}});
    const auto slopes = derivatives_at(f, far);
    for (std::size_t i = 0; i < 2; ++i) {
      check_close(reference(far[i]), values[i], 2e-6, name);
      const double slope = reference(far[i] + 0.5) - reference(far[i] - 0.5);
      check_close(slope, slopes[i], 1e-4, name);
    }
    check_contains(graph_error([&](Graph& g) { (void)f(g, {g.input("x", {3}, i32)}); }),
                   "[" + name + "]");
  }
}

}  // namespace foregraph::test
