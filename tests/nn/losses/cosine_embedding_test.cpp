#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/nn/losses/cosine_embedding.hpp>

#include "support/loss_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace cosine_embedding_cases {
const auto cosines = [](Graph&, const auto& x) {
  return nn::cosine_embedding(x[0], x[1], x[2], -0.3);
};
}  // namespace cosine_embedding_cases

BOOST_AUTO_TEST_SUITE(cosine_embedding_loss)

BOOST_AUTO_TEST_CASE(cosine_embedding_of_like_and_unlike) {
  const Inputs inputs{
      random_input({batch, 5}, 1), random_input({batch, 5}, 2), {{batch}, {1, -1, -1}}};
  double expected = 0;
  for (std::size_t r = 0; r < 3; ++r) {
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = r * 5; i < r * 5 + 5; ++i) {
      const double a = inputs[0].values[i], b = inputs[1].values[i];
      ab += a * b;
      aa += a * a;
      bb += b * b;
    }
    const double cosine = ab / std::sqrt(aa * bb);
    expected += (inputs[2].values[r] > 0 ? 1 - cosine : std::max(0.0, cosine + 0.3)) / 3;
  }
  check_close(expected, evaluate(cosine_embedding_cases::cosines, inputs)[0], 1e-11, "cosine");
  const Inputs still{{{1, 3}, {0, 0, 0}, f32}, {{1, 3}, {1, 2, 3}, f32}, {{1}, {1}, f32}};
  check_close(1, evaluate(cosine_embedding_cases::cosines, still)[0], 1e-6, "a zero vector");
  check_gradient(cosine_embedding_cases::cosines, inputs);
  check_contains(
      graph_error([](Graph& g) {
        const Tensor a = g.input("a", {batch, 3});
        (void)nn::cosine_embedding(a, a, g.input("y", {batch, 1}));
      }),
      "[cosine_embedding] labels do not match the vectors: f32[batch,3] and f32[batch,1]");
}

BOOST_AUTO_TEST_SUITE_END()
