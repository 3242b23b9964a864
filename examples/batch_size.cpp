// Why does training fail only when I set a batch size? Second case: noisy gradients.
//
// 500 samples of y = 2 x0 + x1 + 0.5 noise. A batch of 16 estimates the gradient from 16 samples,
// so batch losses scatter widely and so do the steps; a batch of 128 scatters less but makes only
// an eighth of the steps per epoch.
#include <cstdint>
#include <cstdio>
#include <foregraph/foregraph.hpp>
#include <random>
#include <vector>

namespace fg = foregraph;

constexpr auto linear = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 2});
  auto y = g.input("label", {fg::batch, 1});
  auto prediction = fg::nn::dense(x, 1, "out");
  return fg::Model{.loss = fg::nn::mean_squared_error(prediction, y), .outputs = {prediction}};
};

namespace {

fg::data::Dataset noisy_plane() {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  std::vector<float> x;
  std::vector<float> y;
  for (int i = 0; i < 500; ++i) {
    const float x0 = normal(generator);
    const float x1 = normal(generator);
    x.insert(x.end(), {x0, x1});
    y.push_back(2 * x0 + x1 + 0.5F * normal(generator));
  }
  return fg::data::Dataset().add("x", {2}, x).add("label", {1}, y);
}

fg::EpochResult train(const fg::data::Dataset& data, std::int64_t batch_size) {
  fg::Trainer<linear> trainer{fg::optim::adam(0.05)};
  const fg::data::Pipeline batches = fg::data::from(data).shuffle(42).batch(batch_size);
  // fit() gives this advice for the initial parameters; here it is requested after 5 epochs.
  fg::Report advice;
  fg::FitOptions options;
  options.epochs = 50;
  options.preflight = false;
  options.callbacks.push_back(
      {.after_epoch = [&](fg::TrainerBase& t, const fg::EpochResult& result) {
        if (result.epoch == 4) advice = t.preflight(batches);
        return true;
      }});
  const fg::History history = trainer.fit(batches, options);
  std::printf("\nbatch %lld: %lld steps an epoch\n", static_cast<long long>(batch_size),
              static_cast<long long>(history[0].steps));
  for (const fg::Finding& finding : advice.findings())
    std::printf("  advice after 5 epochs: %s; %s\n", finding.what.c_str(),
                finding.consequence.c_str());
  for (const auto& [what, why] : advice.skipped())
    std::printf("  advice after 5 epochs: %s: %s\n", what.c_str(), why.c_str());
  std::printf("  %6s %12s %26s\n", "epoch", "loss", "deviation between batches");
  for (const std::size_t epoch : {0, 4, 9, 19, 49})
    std::printf("  %6zu %12.4f %26.4f\n", epoch + 1, history[epoch].loss,
                history[epoch].batch_loss_deviation);
  const auto weight = trainer.variable<float>("out/weight");
  std::printf("  learned y = %.2f x0 + %.2f x1 (made with 2 and 1)\n",
              static_cast<double>(weight[0]), static_cast<double>(weight[1]));
  return history.back();
}

}  // namespace

int main() {
  const fg::data::Dataset data = noisy_plane();
  std::printf(
      "500 samples of y = 2 x0 + x1 + noise of deviation 0.5: no model can get below a\n"
      "loss of about 0.25.\n");
  const fg::EpochResult small = train(data, 16);
  const fg::EpochResult large = train(data, 128);
  const double ratio = small.batch_loss_deviation / large.batch_loss_deviation;
  std::printf(
      "\nWhat happened: at batch 16 the losses of single batches deviate by %.3f from their mean,\n"
      "at batch 128 by %.3f: %.1f times less (the square root of 8 is 2.8). Judge a small batch "
      "by\n"
      "the mean of an epoch, not by its batches; if its noise keeps the loss from settling, take\n"
      "a larger batch or a lower rate. The larger batch makes fewer steps, so it needs a higher\n"
      "rate or more epochs to come as far.\n",
      small.batch_loss_deviation, large.batch_loss_deviation, ratio);
  return ratio > 1 ? 0 : 1;
}
