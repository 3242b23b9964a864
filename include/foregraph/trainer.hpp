#pragma once

/// @file
/// Training: Trainer, fit() and their options.

#include <foregraph/detail/train/load_weights.hpp>
#include <foregraph/detail/train/trainer.hpp>
#include <foregraph/loader.hpp>
#include <foregraph/optim.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
/// Use TrainerBase.
using Training = TrainerBase;
#endif

}  // namespace foregraph
