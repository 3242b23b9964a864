// Prints numbers of three plans. As it is, the compiler makes the plans, and the program needs no
// library; with PLANNED_IN_PROGRAM, the library makes them when the program runs.
#include <cstdio>

#ifdef SINGLE_HEADER
#include <foregraph_plan.hpp>
#else
#include <foregraph/plan.hpp>
#endif

#include "models.hpp"

namespace {

#ifdef PLANNED_IN_PROGRAM
#define PLANNED const
#else
#define PLANNED constexpr
#endif

void print(const char* name, const plan_test::Numbers& numbers) {
  std::printf("%s: %lld nodes, peak %lld, lower bound %lld, hash %016llx\n", name,
              static_cast<long long>(numbers.nodes), static_cast<long long>(numbers.peak_bytes),
              static_cast<long long>(numbers.lower_bound_bytes),
              static_cast<unsigned long long>(numbers.hash));
}

}  // namespace

int main() {
  PLANNED plan_test::Numbers perceptron = plan_test::perceptron_numbers();
  PLANNED plan_test::Numbers convolutional = plan_test::convolutional_numbers();
  PLANNED plan_test::Numbers huge = plan_test::huge_numbers();
  print("perceptron", perceptron);
  print("convolutional", convolutional);
  print("huge", huge);
}
