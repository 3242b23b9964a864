#pragma once

/// @file
/// Optimizers, clipping of gradients, and the parts for optimizers of your own.

#include <foregraph/detail/all_optimizers.hpp>

namespace foregraph {

// Short names.
using optim::adam;

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using optim::adadelta;
using optim::Adadelta;
using optim::adagrad;
using optim::Adagrad;
using optim::Adam;
using optim::adamw;
using optim::AdamW;
using optim::clip_by_global_norm;
using optim::clip_by_value;
using optim::ClipByGlobalNorm;
using optim::ClipByValue;
using optim::for_each_dtype;
using optim::Gradient;
using optim::KeepGradients;
using optim::lamb;
using optim::Lamb;
using optim::lion;
using optim::Lion;
using optim::Momentum;
using optim::nesterov;
using optim::Nesterov;
using optim::OptimizerScope;
using optim::rmsprop;
using optim::RmsProp;
using optim::rmsprop_centred;
using optim::RmsPropCentred;
using optim::sgd;
using optim::Sgd;
using optim::sgd_momentum;
using optim::sgd_weight_decay;
using optim::SgdWeightDecay;
using optim::shared_setting;
using optim::state_like;
using optim::variable;
#endif

}  // namespace foregraph
