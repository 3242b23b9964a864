// Every op is built, differentiated and planned in the compiler.

#include <foregraph/plan.hpp>

namespace fg = foregraph;

namespace {

/// Adds the mean of what it is given to a loss.
struct Loss {
  fg::Tensor total;
  constexpr void operator()(fg::Tensor t) {
    total = total + (t.shape().rank == 0 ? t : fg::mean(t));
  }
};

constexpr void pass_through(fg::Vjp& v) {
  v.set(1, v.cotangent);
}

constexpr auto elementwise = [](fg::Graph& g) {
  const fg::Tensor p = g.parameter("p", {4, 6});
  const fg::Tensor x = g.input("x", {fg::batch, 4, 6}) * p;
  const fg::Tensor n = g.input("n", {fg::batch, 4, 6}, fg::i32);
  fg::Tensor sum = x;  // of one shape, and so of a few nodes
  for (const fg::Tensor& t : {fg::abs(x),
                              fg::sign(x),
                              fg::square(x),
                              fg::reciprocal(x),
                              fg::rsqrt(x),
                              fg::sqrt(x),
                              fg::pow(x, 3.0),
                              fg::clamp(x, -1.0, 1.0),
                              fg::erf(x),
                              fg::gelu(x),
                              fg::gelu_tanh(x),
                              fg::silu(x),
                              fg::mish(x),
                              fg::hard_swish(x),
                              fg::hard_sigmoid(x),
                              fg::leaky_relu(x),
                              fg::elu(x),
                              fg::selu(x),
                              fg::softsign(x),
                              fg::softplus(x),
                              fg::relu(x),
                              fg::relu6(x),
                              fg::sigmoid(x),
                              fg::tanh(x),
                              fg::sin(x),
                              fg::cos(x),
                              fg::tan(x),
                              fg::floor(x),
                              fg::ceil(x),
                              fg::round(x),
                              fg::exp(x),
                              fg::log(x),
                              fg::maximum(x, p),
                              fg::minimum(x, p),
                              x - p,
                              x / p,
                              -x,
                              x * fg::cast(n, fg::f32),
                              fg::stop_gradient(x) * x,
                              fg::custom_gradient<pass_through>(fg::floor(x), {x}),
                              fg::when_training(x, x * 2.0),
                              fg::dropout(x, 0.1)})
    sum = sum + t;
  const fg::Tensor positive = fg::logical_and(x > 0.0, fg::logical_not(fg::is_nan(x)));
  const fg::Tensor either = fg::logical_or(positive, x <= -1.0);
  for (const fg::Tensor& t :
       {fg::select(either, x, p), fg::select(fg::not_equal(x, 0.5), x, 0.0),
        fg::select(fg::equal(x, p), x, 0.0), fg::select(x >= p, x, 0.0), fg::select(x < p, x, 0.0)})
    sum = sum + t;
  return fg::Model{.loss = fg::mean(sum)};
};

constexpr auto shapes = [](fg::Graph& g) {
  const fg::Tensor p = g.parameter("p", {4, 6});
  const fg::Tensor x = g.input("x", {fg::batch, 4, 6}) * p;
  const fg::Tensor n = g.input("n", {fg::batch, 4, 6}, fg::i64);
  Loss loss{fg::mean(x)};
  for (const fg::Tensor& t : {fg::sum(x, {1}),
                              fg::mean(x, {0, 2}),
                              fg::reduce_max(x, {1}),
                              fg::reduce_min(x),
                              fg::reduce_prod(x, {2}),
                              fg::variance(x, {0}),
                              fg::standard_deviation(x, {1}),
                              fg::logsumexp(x, {2}),
                              fg::sum_product(x, x, {1}),
                              fg::softmax(x, 1),
                              fg::log_softmax(x),
                              fg::causal_softmax(x),
                              fg::cumsum(x, 1),
                              fg::top_k(x, 2).values,
                              fg::take_along_axis(x, n, 2),
                              fg::transpose(x),
                              fg::permute(x, {2, 0, 1}),
                              fg::slice(x, 1, 1, 3),
                              fg::concat({x, x}, 1),
                              fg::stack({x, x}),
                              fg::split(x, 2, 2)[1],
                              fg::pad(x, {{0, 0}, {1, 2}, {0, 1}}),
                              fg::unsqueeze(x, 1),
                              fg::flatten(x),
                              fg::flip(x, 1),
                              fg::tile(x, 2, 1),
                              fg::repeat(x, 2, 1),
                              fg::tril(x),
                              fg::triu(x),
                              fg::gather(x, fg::argmax(p, 1), 2),
                              fg::gather(x, fg::argmin(p, 1), 2),
                              fg::matmul(x, x, {false, true})})
    loss(t);
  loss(fg::one_hot(n, 6) * 1.0);
  loss(x * fg::iota(g, 6, fg::f32));
  loss(fg::scatter_add(8, fg::argmax(p, 1), p));
  return fg::Model{.loss = loss.total};
};

constexpr auto networks = [](fg::Graph& g) {
  const fg::Tensor image = g.input("image", {fg::batch, 8, 8, 4});
  const fg::Tensor sequence = g.input("sequence", {fg::batch, 5, 8});
  const fg::Tensor tokens = g.input("tokens", {fg::batch, 5}, fg::i32);
  const fg::Tensor label = g.input("label", {fg::batch}, fg::i32);
  fg::Tensor y = fg::nn::conv2d(image, 4, 3, "conv", {.conv = fg::square_conv(1, 1, 2)});
  y = fg::relu(fg::nn::batch_norm(y, "batch_norm"));
  y = fg::nn::group_norm(y, 2, "group_norm");
  Loss loss{fg::mean(fg::max_pool2d(y))};
  loss(fg::average_pool2d(y));
  loss(fg::global_average_pool(y));
  loss(fg::global_max_pool(y));
  loss(fg::upsample_nearest2d(y, 2, 2));
  loss(fg::upsample_bilinear2d(y, 5, 7));
  loss(fg::conv2d_transpose(y, g.parameter("transposed", {2, 2, 3, 4})));
  fg::Tensor s = fg::nn::embedding(tokens, 11, 8, "embedding") + sequence;
  s = fg::nn::transformer_block(s, 2, "block", {.causal = true, .dropout = 0.1});
  s = fg::nn::rms_norm(s, "rms_norm");
  s = fg::conv1d(s, g.parameter("kernel", {3, 8, 8}), {.before = 2});
  loss(fg::nn::lstm(s, 4, "lstm"));
  const fg::Tensor logits = fg::nn::dense(fg::last_step(fg::nn::gru(s, 4, "gru")), 6, "logits");
  loss(fg::nn::softmax_cross_entropy(logits, label));
  loss(fg::nn::softmax_cross_entropy_smoothed(logits, label, 0.1));
  const fg::Tensor targets = fg::one_hot(label, 6);
  loss(fg::nn::softmax_cross_entropy_with_probabilities(logits, targets));
  loss(fg::nn::kl_divergence(fg::log_softmax(logits), targets));
  loss(fg::nn::binary_cross_entropy(fg::sigmoid(logits), targets));
  loss(fg::nn::binary_cross_entropy_with_logits(logits, targets));
  loss(fg::nn::mean_squared_error(logits, targets));
  loss(fg::nn::mean_absolute_error(logits, targets));
  loss(fg::nn::huber(logits, targets));
  loss(fg::nn::hinge(logits, targets));
  return fg::Model{.loss = loss.total};
};

static_assert(fg::peak_memory<elementwise>(fg::optim::lion(), 3) > fg::Bytes{0});
static_assert(fg::peak_memory<shapes>(fg::optim::rmsprop(), 3) > fg::Bytes{0});
static_assert(fg::peak_memory<networks>(fg::optim::clip_by_global_norm(fg::optim::adamw(), 1), 3) >
              fg::Bytes{0});

}  // namespace
