// What a program with a model the compiler knows costs to compile: scripts/bench compiles this file
// with -DMODEL=w1_logistic -DOPTIMIZER=adam and without, which leaves the headers alone.
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>

int main() {
#if defined(MODEL)
  foregraph::Trainer<foregraph::models::MODEL> trainer{foregraph::OPTIMIZER()};
  trainer.prepare(32);
  trainer.step();
#endif
}
