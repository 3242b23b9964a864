// The whole training step of ResNet-20 is planned in the compiler, in under 30 s with g++; that the
// program's plan is the same is in models/both_moments_test.cpp.

#include <foregraph/models.hpp>

using namespace foregraph::literals;

static_assert(foregraph::peak_memory<foregraph::models::w6_resnet20>(
                  foregraph::optim::sgd_momentum(), 32) < 64_MiB);
