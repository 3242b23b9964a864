#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/layers/batch_norm.hpp>
#include <foregraph/detail/ops/activation/dropout.hpp>
#include <foregraph/foregraph.hpp>
#include <vector>

#include "support/training_data.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(layers_that_differ_in_training)

namespace {
/// y = bn(x); the loss is the mean of (y - 0) squared, and the outputs are y itself.
constexpr auto normaliser = [](Graph& g) {
  const Tensor x = g.input("x", {batch, 3});
  const Tensor y = nn::batch_norm(x, "bn", {.momentum = 0.75});
  return Model{.loss = mean(y * y), .outputs = {y}};
};

data::Dataset some_data() {
  std::vector<float> x;
  for (int i = 0; i < 8; ++i)
    for (int k = 0; k < 3; ++k) x.push_back(static_cast<float>(5 * k + (i * (k + 1)) % 8));
  return data::Dataset().add("x", {3}, std::move(x));
}
}  // namespace

BOOST_AUTO_TEST_CASE(a_step_updates_the_running_moments_and_evaluation_uses_them) {
  Trainer<normaliser> trainer{optim::sgd(0.0)};
  const data::Dataset data = some_data();
  const auto* x = reinterpret_cast<const float*>(data.data(0));
  trainer.fit(data::from(data).batch(8), {.epochs = 2});
  const auto mean = trainer.variable<float>("bn/running_mean");
  const auto variance = trainer.variable<float>("bn/running_variance");
  const std::vector<float> before(mean.begin(), mean.end());
  const std::vector<float> y = trainer.predict(data::from(data));
  for (std::size_t k = 0; k < 3; ++k) {
    double m = 0;
    double v = 0;
    for (std::size_t i = 0; i < 8; ++i) m += x[i * 3 + k] / 8.0;
    for (std::size_t i = 0; i < 8; ++i) v += std::pow(x[i * 3 + k] - m, 2) / 8;
    const double old = 0.75 * 0.75;
    BOOST_TEST(std::abs(mean[k] - (1 - old) * m) < 1e-5);
    BOOST_TEST(std::abs(variance[k] - (old + (1 - old) * v)) < 1e-5);
    for (std::size_t i = 0; i < 8; ++i)
      BOOST_TEST(std::abs(y[i * 3 + k] - (x[i * 3 + k] - mean[k]) / std::sqrt(variance[k] + 1e-5)) <
                 1e-5);
  }
  // and neither evaluation nor prediction changes them
  (void)trainer.evaluate(data::from(data));
  BOOST_TEST(std::vector<float>(mean.begin(), mean.end()) == before,
             boost::test_tools::per_element());
  // in training y had mean 0 and variance 1
  trainer.prepare(8);
  const auto in = trainer.input<float>("x");
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = x[i];
  trainer.step();
  BOOST_TEST(std::abs(trainer.loss() - 1) < 1e-4);
}

namespace {
/// Each element of p that is kept in a step moves by the rate times 2 (scaled by 1 / (1 - 1/2)), so
/// p shows how often it was kept by forward and by backward.
constexpr auto dropped = [](Graph& g) {
  const Tensor x = g.input("x", {batch, 64});
  const Tensor p = g.parameter("p", {64}, zeros());
  const Tensor seen = g.state("seen", {64}, zeros());
  const Tensor y = dropout(p + 1.0, 0.5);
  const Phase before = g.phase;
  g.phase = Phase::update;
  update(g, g.variable_index(seen.id), seen + select(greater(y, 0.0), 2.0 + 0.0 * y, 0.0));
  g.phase = before;
  return Model{.loss = sum(y) + 0.0 * sum(x), .outputs = {x * y}};
};
}  // namespace

BOOST_AUTO_TEST_CASE(backward_drops_what_forward_drops_and_evaluation_nothing) {
  const data::Dataset data = data::Dataset().add("x", {64}, std::vector<float>(64 * 6, 1.0F));
  std::vector<float> first;
  for (int repeat = 0; repeat < 2; ++repeat) {
    Trainer<dropped> trainer{optim::sgd(0.01)};
    trainer.fit(data::from(data).batch(1));
    const auto p = trainer.variable<float>("p");
    const auto seen = trainer.variable<float>("seen");
    BOOST_TEST(trainer.variable<std::int64_t>("training_step")[0] == 6);
    int values = 0;
    for (std::size_t i = 0; i < 64; ++i) {
      BOOST_TEST(std::abs(p[i] + 0.01F * seen[i]) < 1e-6F);
      values |= 1 << static_cast<int>(seen[i] / 2);
    }
    BOOST_TEST((values & (values - 1)) != 0);  // not all elements alike: the masks change
    const std::vector<float> y = trainer.predict(data::from(data));
    for (std::size_t i = 0; i < 64; ++i) BOOST_TEST(std::abs(y[i] - (p[i] + 1)) < 1e-6F);
    const std::vector<float> now(p.begin(), p.end());
    if (repeat > 0) BOOST_TEST(now == first, boost::test_tools::per_element());
    first = now;
  }
}

BOOST_AUTO_TEST_SUITE_END()
