// A program that compiles in seconds: a model that is known at run time, and an exception of the
// library caught by its type. Succeeds if both work.
#include <cstdio>
#include <cstring>
#include <foregraph/errors.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/version.hpp>

namespace fg = foregraph;

namespace {

bool learns() {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 1});
  const auto y = g.input("y", {fg::batch, 1});
  const auto hidden = fg::relu(fg::nn::dense(x, 4, "hidden"));
  const auto line = fg::nn::dense(hidden, 1, "line");
  const fg::Model model{.loss = fg::nn::mean_squared_error(line, y), .outputs = {line}};
  fg::Trainer trainer{g, model, fg::optim::adam(0.05)};
  const fg::data::Dataset data = fg::data::Dataset()
                                     .add("x", {1}, {0.0F, 1.0F, 2.0F, 3.0F})
                                     .add("y", {1}, {1.0F, 3.0F, 5.0F, 7.0F});
  const fg::History history =
      trainer.fit(fg::data::from(data).shuffle(1).batch(2), {.epochs = 200});
  std::printf("loss %g\n", history.back().loss);
  return history.back().loss < 0.1 * history[0].loss;
}

bool catches() {
  try {
    (void)fg::data::csv("/nowhere/train.csv");
  } catch (const fg::FileError& error) {
    return std::strstr(error.what(), "/nowhere/train.csv") != nullptr;
  }
  return false;
}

}  // namespace

int main() {
  std::printf("foregraph %s\n", FOREGRAPH_VERSION);
  if (!catches()) return std::puts("no FileError was caught"), 2;
  return learns() ? 0 : 1;
}
