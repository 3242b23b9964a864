// sgd.hpp, adam.hpp and update.hpp: their subgraphs against the textbook's formulas.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/optim/adam.hpp>
#include <foregraph/detail/optim/sgd.hpp>

#include "support/optimizer_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

const double targets[] = {0, 1, -2};

/// The loss 0.5 sum((p - target)^2), so the gradient is p - target, in double.
template <class Optimizer>
std::vector<double> descend(const Optimizer& optimizer, int steps) {
  Graph g;
  const Tensor p = g.parameter("p", {3}, filled_with(1), f64);
  const Tensor target = g.input("target", {3}, f64);
  const Tensor error = p - target;
  const Model model{.loss = sum(error * error) * 0.5};
  return optimizer_check::run(training_graph(g, model, optimizer), {{targets, targets + 3}}, f64,
                              steps)[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(optimizers)

BOOST_AUTO_TEST_CASE(sgd_follows_the_gradient) {
  const std::vector<double> result = descend(optim::sgd(0.1), 20);
  for (std::size_t i = 0; i < 3; ++i) {
    double p = 1;
    for (int t = 0; t < 20; ++t) p -= 0.1 * (p - targets[i]);
    check_close(p, result[i], 1e-14, "sgd");
  }
}

BOOST_AUTO_TEST_CASE(momentum_keeps_its_velocity) {
  const std::vector<double> result = descend(optim::sgd_momentum(0.05, 0.8), 20);
  for (std::size_t i = 0; i < 3; ++i) {
    double p = 1;
    double v = 0;
    for (int t = 0; t < 20; ++t) {
      v = 0.8 * v + (p - targets[i]);
      p -= 0.05 * v;
    }
    check_close(p, result[i], 1e-14, "momentum");
  }
}

BOOST_AUTO_TEST_CASE(adam_corrects_its_bias) {
  const optim::Adam options{.learning_rate = 0.02, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-6};
  const std::vector<double> result = descend(options, 50);
  for (std::size_t i = 0; i < 3; ++i) {
    double p = 1;
    double m = 0;
    double v = 0;
    for (int t = 1; t <= 50; ++t) {
      const double g = p - targets[i];
      m = 0.8 * m + 0.2 * g;
      v = 0.95 * v + 0.05 * g * g;
      const double corrected_m = m / (1 - std::pow(0.8, t));
      const double corrected_v = v / (1 - std::pow(0.95, t));
      p -= 0.02 * corrected_m / (std::sqrt(corrected_v) + 1e-6);
    }
    check_close(p, result[i], 1e-13, "adam");
  }
}

BOOST_AUTO_TEST_CASE(state_is_named_after_its_parameter) {
  Graph g;
  const Tensor p = g.parameter("p", {3});
  const Model model{.loss = sum(p * p)};
  const Graph step = training_graph(g, model, optim::adam());
  std::vector<std::string> names;
  for (const Variable& v : step.variables) names.push_back(full_name(step, v.node));
  const std::vector<std::string> expected{"p", "adam/beta1_power", "adam/beta2_power", "p.m",
                                          "p.v"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());
  BOOST_TEST(step.variables[3].owner == 0);
}

BOOST_AUTO_TEST_SUITE_END()
