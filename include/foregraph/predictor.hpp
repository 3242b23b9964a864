#pragma once

/// @file
/// Evaluation and prediction with a trained model.

#include <foregraph/detail/train/predict/predictor.hpp>
