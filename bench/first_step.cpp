// A minimal user program: one training step of w4. Used to measure the time from process start to
// the first step, and the program's size.
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <iostream>

namespace fg = foregraph;

int main() {
  fg::Trainer<fg::models::w4_mlp> trainer{fg::optim::adam()};
  trainer.prepare(128);
  for (float& v : trainer.input<float>("x")) v = 0.5F;
  trainer.step();
  std::cout << trainer.loss() << '\n';
}
