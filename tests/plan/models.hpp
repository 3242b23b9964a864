#pragma once

/// Three models and the plans of their training steps. The planner is included before, from one
/// header or from several.
namespace plan_test {

namespace fg = foregraph;

inline constexpr auto perceptron = [](fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 48});
  const fg::Tensor label = g.input("label", {fg::batch}, fg::i32);
  const fg::Tensor first = fg::relu(fg::nn::dense(x, 40, "first"));
  const fg::Tensor second = fg::tanh(fg::nn::dense(first, 24, "second"));
  const fg::Tensor logits = fg::nn::dense(second, 7, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};

inline constexpr auto convolutional = [](fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 12, 12, 3});
  const fg::Tensor target = g.input("target", {fg::batch, 5});
  const fg::Tensor wide = fg::nn::conv2d(x, 8, 3, "wide");
  const fg::Tensor normal = fg::relu(fg::nn::batch_norm(wide, "norm"));
  const fg::Tensor small = fg::max_pool2d(normal, {.window_h = 2, .window_w = 2});
  const fg::Tensor result = fg::nn::dense(fg::mean(small, {1, 2}), 5, "result");
  return fg::Model{.loss = fg::nn::mean_squared_error(result, target), .outputs = {result}};
};

/// Figures of a plan, and a number that every task, offset and size of it goes into.
struct Numbers {
  std::int64_t nodes = 0;
  std::int64_t peak_bytes = 0;
  std::int64_t lower_bound_bytes = 0;
  std::uint64_t hash = 0;

  friend constexpr bool operator==(const Numbers&, const Numbers&) = default;
};

constexpr Numbers numbers_of(const fg::Step& planned) {
  const fg::Plan& plan = planned.plan;
  std::uint64_t hash = 0;
  const auto mix = [&](std::int64_t value) {
    hash = (hash ^ static_cast<std::uint64_t>(value)) * 0x100000001b3ULL;
    hash ^= hash >> 29;
  };
  for (const std::int32_t task : plan.order.tasks) mix(task);
  for (const std::int32_t task : plan.tasks.task_of) mix(task);
  for (const fg::DynamicArray<fg::Place>* places : {&plan.places, &plan.workspaces})
    for (const fg::Place& place : *places) {
      mix(static_cast<std::int64_t>(place.segment));
      mix(place.offset);
    }
  for (const fg::Buffer& buffer : plan.buffers) mix(buffer.range.bytes);
  return {planned.graph.size(), plan.peak().count, plan.lower_bound().count, hash};
}

constexpr Numbers perceptron_numbers() {
  return numbers_of(fg::compile(perceptron, fg::optim::adam(), 32));
}
constexpr Numbers convolutional_numbers() {
  return numbers_of(fg::compile(convolutional, fg::optim::sgd_momentum(), 16));
}
/// Some hundred GiB, which no pointer of 32 bits reaches.
constexpr Numbers huge_numbers() {
  return numbers_of(fg::compile(perceptron, fg::optim::adam(), std::int64_t{1} << 28));
}

}  // namespace plan_test
