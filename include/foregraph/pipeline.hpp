#pragma once

/// @file
/// Input pipelines: shuffles, maps, batches, workers; augmentation.

#include <foregraph/dataset.hpp>
#include <foregraph/detail/data/pipeline/augment.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/preprocessing.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using data::centre_crop;
using data::Conversion;
using data::Crop;
using data::cutout;
using data::flip_horizontal;
using data::flip_vertical;
using data::from;
using data::gaussian_noise;
using data::ImageSize;
using data::normalise;
using data::Permutation;
using data::Pipeline;
using data::random_crop;
using data::RandomUse;
using data::Sample;
using data::SampleStage;
using data::StallHandler;
using data::Tail;
using data::Transform;
#endif

}  // namespace foregraph
