#pragma once

/// @file
/// Preprocessing that is fitted on training data and kept with the model.

#include <foregraph/dataset.hpp>
#include <foregraph/detail/data/preprocess/preprocessing.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using data::ConstantFeature;
using data::difference;
using data::Per;
using data::Preprocessing;
using data::StatisticsOptions;
using data::VocabularyOptions;
#endif

}  // namespace foregraph
