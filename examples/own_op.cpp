// A custom op outside the library: shapes, gradient and kernel, with nothing to register.
//
// The op is swish(x) = x * sigmoid(x). A small network uses it to learn y = sin(3 x).
#include <cmath>
#include <cstdio>
#include <foregraph/foregraph.hpp>
#include <vector>

namespace fg = foregraph;

/// Runs on whole vectors V of float or double; xsimd's functions are found through the type of `x`.
struct SwishKernel {
  template <class V>
  static V apply(V x) {
    return x / (V(1) + exp(-x));
  }
};

/// swish' = s + x s (1 - s) with s = sigmoid(x), written with ordinary ops, so that the planner
/// knows its memory and it can be differentiated again.
constexpr void swish_vjp(fg::Vjp& v) {
  const fg::Tensor x = v.input(0);
  const fg::Tensor s = fg::sigmoid(x, v.at);
  v.set(0, v.cotangent * (s + x * s * (1 - s)));
}

constexpr fg::OpDef swish_op{.name = "swish",
                             .kind = fg::OpKind::elementwise,
                             .arity = 1,
                             .infer = fg::elementwise::same_floating,
                             .vjp = swish_vjp,
                             .in_place = 1,
                             .kernels = &fg::user_kernels<SwishKernel>};

constexpr fg::Tensor swish(fg::Tensor x, fg::Location at = fg::Location::current()) {
  return x.graph->append(swish_op, {x}, {}, at);
}

constexpr auto regression = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 1});
  auto y = g.input("y", {fg::batch, 1});
  auto h = swish(fg::nn::dense(x, 32, "hidden1"));
  h = swish(fg::nn::dense(h, 32, "hidden2"));
  auto prediction = fg::nn::dense(h, 1, "out");
  return fg::Model{.loss = fg::nn::mean_squared_error(prediction, y), .outputs = {prediction}};
};

// The compiler plans it like any other op.
static_assert(fg::peak_memory<regression>(fg::optim::adam(), 64) > fg::Bytes{0});

int main() {
  std::vector<float> x;
  std::vector<float> y;
  for (int i = 0; i < 2000; ++i) {
    x.push_back(static_cast<float>(i) / 1000 - 1);
    y.push_back(std::sin(3 * x.back()));
  }
  const auto data = fg::data::Dataset().add("x", {1}, x).add("y", {1}, y);
  fg::Trainer<regression> trainer{fg::optim::adam(3e-3)};
  const fg::History history =
      trainer.fit(fg::data::from(data).shuffle(1).batch(64), {.epochs = 60});
  std::printf("mean squared error: %.5f after the first epoch, %.6f after the last\n",
              history.front().loss, history.back().loss);
  const bool learned = history.back().loss < 0.01 * history.front().loss;
  std::printf("The network with the op of our own has %slearned the sine.\n",
              learned ? "" : "NOT ");
  return learned ? 0 : 1;
}
