// Compile time of a program with a model known to the compiler: scripts/bench compiles this file
// with -DMODEL=w1_logistic -DOPTIMIZER=adam, and without them, which leaves only the headers.
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>

int main() {
#if defined(MODEL)
  foregraph::Trainer<foregraph::models::MODEL> trainer{foregraph::OPTIMIZER()};
  trainer.prepare(32);
  trainer.step();
#endif
}
