// Give your own models the command line of the foregraph tool, by one call in your main:
//
//     own_models models
//     own_models plan --model autoencoder --batch 1,64,4096 --budget 1MiB
//     own_models graph --model funnel_256 --dot | dot -Tsvg > funnel.svg
#include <cstdint>
#include <foregraph/command_line.hpp>
#include <foregraph/plan.hpp>
#include <string>

namespace fg = foregraph;

namespace {

fg::Model autoencoder(fg::Graph& g) {
  auto x = g.input("x", {fg::batch, 64});
  auto code = fg::tanh(fg::nn::dense(x, 8, "encoder"));
  auto restored = fg::nn::dense(code, 64, "decoder");
  return {.loss = fg::nn::mean_squared_error(restored, x), .outputs = {code, restored}};
}

/// Layers that halve in width, from `width` down to 16. The width may come from anywhere, such as a
/// file: this model is not known before the program runs.
auto funnel(std::int64_t width) {
  return [width](fg::Graph& g) {
    auto x = g.input("x", {fg::batch, 2 * width});
    auto y = g.input("label", {fg::batch}, fg::i32);
    fg::Tensor h = x;
    for (std::int64_t units = width; units >= 16; units /= 2)
      h = fg::relu(fg::nn::dense(h, units, "units" + std::to_string(units)));
    auto logits = fg::nn::dense(h, 5, "logits");
    return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
  };
}

}  // namespace

int main(int argc, char** argv) {
  return fg::command_line(argc, argv,
                          {{"autoencoder", "dense 64-8-64, tanh; squared error", autoencoder},
                           {"funnel_256", "dense 512-256-...-16-5, relu", funnel(256)},
                           {"funnel_1024", "dense 2048-1024-...-16-5, relu", funnel(1024)}});
}
