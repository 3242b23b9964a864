// A training step of 200 nodes is planned in the compiler, in under 5 s.

#include "models.hpp"

using namespace foregraph::literals;

static_assert(foregraph::peak_memory<compile_time::deep_perceptron<14>>(foregraph::optim::sgd(),
                                                                        64) < 1_MiB);
