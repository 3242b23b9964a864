#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <foregraph/detail/diagnose/findings/gradient_noise.hpp>
#include <limits>
#include <random>
#include <vector>

using namespace foregraph;

namespace {

/// A linear model with Gaussian features and noise: the loss (w.x - y)^2 / 2, y = w*.x + noise, has
/// the gradient ((w - w*).x - noise) x. With e = |w - w*|^2, d features and noise of deviation s:
/// |G|^2 = e, tr(Sigma) = (d + 1) e + d s^2.
struct LinearProblem {
  int features;
  double error;      ///< |w - w*|
  double deviation;  ///< of the noise

  [[nodiscard]] double noise_scale() const {
    const double d = features;
    return d + 1 + d * deviation * deviation / (error * error);
  }
  [[nodiscard]] NoiseScale estimate(int batches, int batch_size, std::mt19937_64& random) const {
    std::normal_distribution<double> normal;
    const auto d = static_cast<std::size_t>(features);
    std::vector<std::vector<double>> gradients;
    std::vector<double> mean(d, 0);
    std::vector<double> x(d);
    for (int i = 0; i < batches; ++i) {
      std::vector<double> g(d, 0);
      for (int j = 0; j < batch_size; ++j) {
        for (double& each : x) each = normal(random);
        const double delta = error * x[0] - deviation * normal(random);
        for (std::size_t k = 0; k < d; ++k) g[k] += delta * x[k] / batch_size;
      }
      for (std::size_t k = 0; k < d; ++k) mean[k] += g[k] / batches;
      gradients.push_back(g);
    }
    GradientNoise noise(batch_size);
    for (const auto& g : gradients) {
      double norm = 0;
      double dot = 0;
      for (std::size_t k = 0; k < d; ++k) {
        norm += g[k] * g[k];
        dot += g[k] * mean[k];
      }
      noise.add_batch(norm, dot);
    }
    return noise.estimate();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(gradient_noise)

BOOST_AUTO_TEST_CASE(the_interval_covers_the_known_scale) {
  const unsigned seed = 1;
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937_64 random(seed);
  for (const LinearProblem& problem :
       {LinearProblem{10, 1, 1}, LinearProblem{10, 0.5, 1}, LinearProblem{40, 1, 2}}) {
    int resolved = 0;
    int covered = 0;
    for (int i = 0; i < 200; ++i) {
      const NoiseScale scale = problem.estimate(32, 16, random);
      if (!scale.resolved) continue;
      ++resolved;
      covered += scale.low <= problem.noise_scale() && problem.noise_scale() <= scale.high ? 1 : 0;
    }
    BOOST_TEST_MESSAGE("seed " << seed << ", scale " << problem.noise_scale() << ": " << covered
                               << " of " << resolved << " resolved");
    BOOST_TEST(resolved > 100);
    BOOST_TEST(covered >= 0.9 * resolved);
  }
}

BOOST_AUTO_TEST_CASE(its_parts_are_unbiased) {
  const LinearProblem problem{10, 1, 1};
  std::mt19937_64 random(2);
  double gradient = 0;
  double variance = 0;
  for (int i = 0; i < 300; ++i) {
    const NoiseScale scale = problem.estimate(8, 4, random);
    gradient += scale.squared_gradient / 300;
    variance += scale.variance / 300;
  }
  BOOST_TEST(gradient == 1, boost::test_tools::tolerance(0.1));
  BOOST_TEST(variance == 21, boost::test_tools::tolerance(0.1));
}

BOOST_AUTO_TEST_CASE(more_samples_make_the_interval_narrower) {
  const LinearProblem problem{10, 1, 1};
  std::mt19937_64 random(3);
  const NoiseScale few = problem.estimate(32, 8, random);
  const NoiseScale many = problem.estimate(256, 8, random);
  BOOST_TEST(many.resolved);
  BOOST_TEST(many.high / many.low < few.high / few.low);
  BOOST_TEST(many.samples == 2048);
  BOOST_TEST(many.scale == 21, boost::test_tools::tolerance(0.4));
}

BOOST_AUTO_TEST_CASE(a_gradient_lost_in_noise_is_unresolved) {
  const LinearProblem problem{50, 0.01, 10};  // a scale of 50 million samples
  std::mt19937_64 random(4);
  for (int i = 0; i < 50; ++i) {
    const NoiseScale scale = problem.estimate(16, 8, random);
    BOOST_TEST(!scale.resolved);
    BOOST_TEST(!scale.reason.empty());
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_estimated_has_a_reason) {
  GradientNoise noise(8);
  BOOST_TEST(noise.estimate().reason == "fewer than four batches were measured");
  for (int i = 0; i < 4; ++i) noise.add_batch(0, 0);
  BOOST_TEST(noise.estimate().reason == "all gradients are zero");
  noise.add_batch(std::numeric_limits<double>::infinity(), 1);
  BOOST_TEST(noise.estimate().reason == "a gradient is not finite");
  GradientNoise alike(8);
  for (int i = 0; i < 4; ++i) alike.add_batch(2, 2);
  BOOST_TEST(alike.estimate().reason == "the gradients of all batches are the same");
  BOOST_TEST(!alike.estimate().resolved);
}

BOOST_AUTO_TEST_SUITE_END()
