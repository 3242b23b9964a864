// A small convolutional network with batch norm and dropout, trained with warm-up and a cosine
// schedule. The compiler proves how much memory a training step needs. Evaluation uses the running
// statistics and no dropout, from the same model function.
#include <cstdio>
#include <foregraph/foregraph.hpp>
#include <random>
#include <vector>

namespace fg = foregraph;
using namespace fg::literals;

constexpr int size = 12;

constexpr auto classifier = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, size, size, 1});
  auto label = g.input("label", {fg::batch}, fg::i32);
  auto h = fg::nn::conv2d(x, 8, 3, "conv1", {.conv = fg::square_conv(1, 1), .bias = false});
  h = fg::max_pool2d(fg::relu(fg::nn::batch_norm(h, "norm1")));
  h = fg::nn::conv2d(h, 16, 3, "conv2", {.conv = fg::square_conv(1, 1), .bias = false});
  h = fg::max_pool2d(fg::relu(fg::nn::batch_norm(h, "norm2")));
  h = fg::dropout(fg::flatten(h), 0.25);
  auto logits = fg::nn::dense(h, 4, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};

static_assert(fg::peak_memory<classifier>(fg::optim::adamw(), 64) < 4_MiB);

/// Returns noisy stripes in one of four directions; the direction is the label.
fg::data::Dataset stripes(int samples, unsigned seed, std::vector<std::int32_t>& labels) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> noise(0, 1);
  std::vector<float> pixels;
  for (int n = 0; n < samples; ++n) {
    const unsigned direction = generator() % 4;
    const unsigned phase = generator() % 4;
    for (unsigned i = 0; i < size; ++i)
      for (unsigned j = 0; j < size; ++j) {
        const unsigned along[] = {i, j, i + j, i + size - j};
        pixels.push_back(((along[direction] + phase) % 4 < 2 ? 1.0F : -1.0F) + noise(generator));
      }
    labels.push_back(static_cast<std::int32_t>(direction));
  }
  return fg::data::Dataset().add("x", {size, size, 1}, pixels).add("label", {}, labels);
}

int main() {
  std::vector<std::int32_t> unused;
  std::vector<std::int32_t> answers;
  const auto train = fg::data::from(stripes(2000, 1, unused)).shuffle(42).batch(64);
  const auto test = fg::data::from(stripes(500, 2, answers)).batch(64);
  fg::Trainer<classifier> trainer{fg::optim::adamw()};
  const std::int64_t epochs = 6;
  const std::int64_t steps = epochs * train.batches_per_epoch();
  const fg::History history =
      trainer.fit(train, {.epochs = epochs, .schedule = fg::cosine_decay(1e-2, steps, steps / 10)});
  for (const fg::EpochResult& epoch : history)
    std::printf("epoch %lld: loss %.4f, learning rate at its end %.5f\n",
                static_cast<long long>(epoch.epoch + 1), epoch.loss,
                epoch.learning_rate.value_or(0));
  const double accuracy = fg::accuracy(trainer.predict(test), answers);
  std::printf("accuracy on fresh images: %.1f %%, from an arena of %lld bytes\n", 100 * accuracy,
              static_cast<long long>(trainer.allocated().count));
  return accuracy > 0.95 ? 0 : 1;
}
