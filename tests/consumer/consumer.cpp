// What a user's project needs to work: a model planned by the compiler and trained by the library.
// Succeeds if it learns y = 2 a - b + 1.
#include <cstdio>

#include "line.hpp"

using namespace fg::literals;

static_assert(fg::peak_memory<line>(fg::optim::sgd(), 16) < 4_KiB);

int main() {
  const fg::History history = train_line();
  std::printf("loss %g after %zu epochs\n", history.back().loss, history.size());
  return history.back().loss < 1e-6 ? 0 : 1;
}
