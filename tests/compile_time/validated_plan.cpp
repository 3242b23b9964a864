// The validator itself runs in the compiler.

#include "models.hpp"

static_assert(compile_time::plan_is_sound(compile_time::deep_perceptron<3>, foregraph::optim::sgd(),
                                          7));
static_assert(compile_time::plan_is_sound(compile_time::deep_perceptron<2>,
                                          foregraph::optim::adam(), 7));
