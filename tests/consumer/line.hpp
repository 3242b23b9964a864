#pragma once

#include <foregraph/foregraph.hpp>
#include <vector>

namespace fg = foregraph;

inline constexpr auto line = [](fg::Graph& g) {
  const auto x = g.input("x", {fg::batch, 2});
  const auto y = g.input("y", {fg::batch, 1});
  const auto prediction = fg::nn::dense(x, 1, "line");
  return fg::Model{.loss = fg::nn::mean_squared_error(prediction, y), .outputs = {prediction}};
};

/// Samples of y = 2 a - b + 1.
inline fg::data::Pipeline line_data() {
  std::vector<float> x;
  std::vector<float> y;
  for (int i = 0; i < 256; ++i) {
    const float a = static_cast<float>(i % 16) / 8 - 1;
    const float b = static_cast<float>(i / 16) / 8 - 1;
    x.insert(x.end(), {a, b});
    y.push_back(2 * a - b + 1);
  }
  const fg::data::Dataset data = fg::data::Dataset().add("x", {2}, x).add("y", {1}, y);
  return fg::data::from(data).shuffle(1).batch(16).prefetch(2);
}

/// Learns y = 2 a - b + 1.
inline fg::History train_line() {
  fg::Trainer<line> trainer{fg::optim::sgd(0.1), {.threads = 2}};
  return trainer.fit(line_data(), {.epochs = 30});
}
