// What a user's project needs to work: a model planned by the compiler and trained by the library,
// and the same model built when the program runs. Succeeds if both learn y = 2 a - b + 1.
#include <cstdio>

#include "line.hpp"

using namespace fg::literals;

static_assert(fg::peak_memory<line>(fg::optim::sgd(), 16) < 4_KiB);

int main() {
  const fg::History history = train_line();
  std::printf("loss %g after %zu epochs\n", history.back().loss, history.size());
  fg::Graph g;
  const fg::Model model = line(g);
  fg::Trainer trainer{g, model, fg::optim::sgd(0.1)};
  const fg::History at_run_time = trainer.fit(line_data(), {.epochs = 30});
  std::printf("loss %g at run time\n", at_run_time.back().loss);
  return history.back().loss < 1e-6 && at_run_time.back().loss < 1e-6 ? 0 : 1;
}
