// Why does training fail only when I set a batch size? First case: data in class order.
//
// 200 samples of two classes, one class after the other. In a single batch, the order does not
// matter. In unshuffled batches of 32, each batch shows only one class: every step teaches "all is
// class 0", later "all is class 1", and the model swings between the two.
#include <cstdint>
#include <cstdio>
#include <foregraph/foregraph.hpp>
#include <random>
#include <vector>

namespace fg = foregraph;

constexpr auto logistic = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 10});
  auto y = g.input("label", {fg::batch, 1});
  auto p = fg::sigmoid(fg::nn::dense(x, 1, "out"));
  return fg::Model{.loss = fg::nn::binary_cross_entropy(p, y), .outputs = {p}};
};

namespace {

constexpr int samples = 200;
constexpr int features = 10;

/// Returns two overlapping clouds of positive numbers, like pixels or prices; class 0 comes first.
fg::data::Dataset ordered_by_class(std::vector<float>& labels) {
  std::mt19937 generator(7);
  std::normal_distribution<float> noise;
  std::vector<float> x;
  for (int i = 0; i < samples; ++i) {
    const float label = i < samples / 2 ? 0.0F : 1.0F;
    for (int k = 0; k < features; ++k) x.push_back(0.5F + 0.5F * noise(generator) + 0.5F * label);
    labels.push_back(label);
  }
  return fg::data::Dataset().add("x", {features}, x).add("label", {1}, labels);
}

void print_class_mix(const fg::data::Pipeline& data) {
  fg::data::Loader loader(data);
  fg::data::Batch batch;
  loader.start_epoch(0);
  std::printf("  share of class 1 in the batches of the first epoch:");
  while (loader.next(batch)) {
    const auto* labels = reinterpret_cast<const float*>(batch.field(1));
    float ones = 0;
    for (std::int64_t i = 0; i < batch.size; ++i) ones += labels[i];
    std::printf(" %3.0f%%", 100 * static_cast<double>(ones) / static_cast<double>(batch.size));
  }
  std::printf("\n");
}

/// Trains for 70 steps or slightly more and returns the lowest accuracy in the second half.
double train(const char* title, const fg::data::Pipeline& data, const std::vector<float>& labels) {
  std::printf("\n%s\n", title);
  print_class_mix(data);
  fg::Trainer<logistic> trainer{fg::optim::adam(0.05)};
  // fit() checks this by itself and reports it on stderr; here the report is requested once
  // instead.
  const fg::Report report = trainer.preflight(data);
  if (report.worst() != fg::Severity::note)
    std::printf("\n  What fit() says of it before the first step:\n%s\n",
                report.to_text(88).c_str());
  std::printf("  accuracy after every 7 steps:");
  const std::int64_t epochs = 7 / data.batches_per_epoch();
  double lowest = 1;
  for (int round = 0; round < 10; ++round) {
    trainer.fit(data, {.epochs = epochs, .preflight = false});
    const double accuracy = fg::binary_accuracy(trainer.predict(data), labels);
    std::printf(" %.2f", accuracy);
    if (round >= 5 && accuracy < lowest) lowest = accuracy;
  }
  std::printf("\n");
  return lowest;
}

}  // namespace

int main() {
  std::vector<float> labels;
  const fg::data::Dataset data = ordered_by_class(labels);
  std::printf("200 samples of two classes, stored one class after the other.\n");

  const double whole =
      train("One batch of all 200 samples, not shuffled", fg::data::from(data).batch(200), labels);
  const double ordered =
      train("Batches of 32, not shuffled", fg::data::from(data).batch(32), labels);
  const double shuffled = train("Batches of 32, shuffled with a full permutation in each epoch",
                                fg::data::from(data).shuffle(42).batch(32), labels);

  std::printf(
      "\nWhat happened: with one batch of everything the order does not matter (accuracy at least\n"
      "%.2f in the second half). In batches of 32 in class order, each batch holds one class "
      "only:\n"
      "the model learns to say that class, then the other, and hardly anything else (%.2f).\n"
      "Shuffled, each batch is a fair sample, and as many steps do their work (%.2f). The cure is\n"
      ".shuffle(seed).\n",
      whole, ordered, shuffled);
  return shuffled > ordered ? 0 : 1;
}
