#pragma once

// <foregraph/plan.hpp>: everything to describe models and to plan them, in the compiler or in the
// program, without the runtime. No header of another library is included.

#include <foregraph/autodiff/gradient.hpp>
#include <foregraph/ops/add.hpp>
#include <foregraph/ops/broadcast.hpp>
#include <foregraph/ops/comparison.hpp>
#include <foregraph/ops/divide.hpp>
#include <foregraph/ops/exp.hpp>
#include <foregraph/ops/layers/dense.hpp>
#include <foregraph/ops/log.hpp>
#include <foregraph/ops/losses/binary_cross_entropy.hpp>
#include <foregraph/ops/losses/mean_squared_error.hpp>
#include <foregraph/ops/losses/softmax_cross_entropy.hpp>
#include <foregraph/ops/matmul.hpp>
#include <foregraph/ops/maximum.hpp>
#include <foregraph/ops/mean.hpp>
#include <foregraph/ops/minimum.hpp>
#include <foregraph/ops/multiply.hpp>
#include <foregraph/ops/negate.hpp>
#include <foregraph/ops/optimizers/adam.hpp>
#include <foregraph/ops/optimizers/sgd.hpp>
#include <foregraph/ops/relu.hpp>
#include <foregraph/ops/reshape.hpp>
#include <foregraph/ops/select.hpp>
#include <foregraph/ops/sigmoid.hpp>
#include <foregraph/ops/softmax.hpp>
#include <foregraph/ops/softplus.hpp>
#include <foregraph/ops/sqrt.hpp>
#include <foregraph/ops/subtract.hpp>
#include <foregraph/ops/sum.hpp>
#include <foregraph/ops/tanh.hpp>
#include <foregraph/ops/transpose.hpp>
#include <foregraph/planner/peak_memory.hpp>
#include <foregraph/planner/validate.hpp>
