#pragma once

/// @file
/// Preprocessing that is fitted on training data and kept with the model.

#include <foregraph/detail/data/preprocess/preprocessing.hpp>
