#pragma once

/// @file
/// Input pipelines: shuffles, maps, batches, workers; augmentation.

#include <foregraph/detail/data/pipeline/augment.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
