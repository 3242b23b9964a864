#pragma once

/// @file
/// Evaluation and prediction with a trained model.

#include <foregraph/detail/train/predict/predictor.hpp>
#include <foregraph/loader.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
/// Use PredictorBase.
using TrainedModel = PredictorBase;
#endif

}  // namespace foregraph
