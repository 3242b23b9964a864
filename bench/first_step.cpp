// A user's program, as small as can be: one training step of w4. For the time from the start of a
// process to its first step, and for the size of a program.
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <iostream>

namespace fg = foregraph;

int main() {
  fg::Trainer<fg::models::w4_mlp> trainer{fg::adam()};
  trainer.prepare(128);
  for (float& v : trainer.input<float>("x")) v = 0.5F;
  trainer.step();
  std::cout << trainer.loss() << '\n';
}
