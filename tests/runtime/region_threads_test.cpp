// Fused regions on several threads: the same bits as on one, interpreted and specialised.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <foregraph/foregraph.hpp>
#include <random>
#include <string_view>
#include <vector>

namespace fg = foregraph;

namespace {

/// Rows of `inner` elements with a bias by row and a factor by column, truth values, and updates
/// that overwrite what they read.
template <std::int64_t inner>
constexpr auto model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, inner});
  auto w = g.parameter("w", {200, inner});
  auto bias = g.parameter("bias", {inner});
  auto factor = fg::mean(x, {1}, fg::KeepDims::yes);
  auto h = fg::gelu(x * bias + bias) * fg::tanh(factor * x);
  auto kept = fg::select(fg::greater(h, 0.125), h, x * bias);
  return fg::Model{.loss = fg::mean(kept * kept) + fg::mean(fg::tanh(w) * w), .outputs = {kept}};
};

/// All variables after some steps on `threads` threads, and the loss.
template <class Trainer>
std::vector<float> after_steps(Trainer& trainer, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-2, 2);
  trainer.prepare(200);
  for (float& v : trainer.template input<float>("x")) v = uniform(random);
  for (const std::string_view name : {"w", "bias"})
    for (float& v : trainer.template variable<float>(name)) v = uniform(random);
  std::vector<float> result;
  for (int step = 0; step < 3; ++step) {
    trainer.step();
    result.push_back(static_cast<float>(trainer.loss()));
  }
  for (const std::string_view name : {"w", "bias"})
    for (const float v : trainer.template variable<float>(name)) result.push_back(v);
  return result;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

template <std::int64_t inner>
void check_threads() {
  const unsigned seed = std::random_device{}();
  BOOST_TEST_CONTEXT("seed " << seed << ", inner " << inner) {
    const auto interpreted = [&](int threads) {
      fg::Graph g;
      const fg::Model m = model<inner>(g);
      fg::Trainer trainer{g, m, fg::optim::adam(), {.threads = threads}};
      return after_steps(trainer, seed);
    };
    const auto specialised = [&](int threads) {
      fg::Trainer<model<inner>> trainer{fg::optim::adam(), {.threads = threads}};
      return after_steps(trainer, seed);
    };
    const std::vector<float> expected = interpreted(1);
    const std::vector<float> expected_specialised = specialised(1);
    for (const int threads : {2, 3}) {
      BOOST_TEST(same_bits(expected, interpreted(threads)));
      BOOST_TEST(same_bits(expected_specialised, specialised(threads)));
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(region_threads, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(same_bits_for_any_number_of_threads) {
  check_threads<256>();
  check_threads<301>();  // rows that do not divide a tile
}

BOOST_AUTO_TEST_SUITE_END()
