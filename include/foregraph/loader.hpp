#pragma once

/// @file
/// The loader that makes batches from a pipeline. Trainer and Predictor create theirs themselves.

#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/pipeline.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using data::all_fields_of;
using data::Batch;
using data::Loader;
using data::LoaderPosition;
using data::LoaderStatistics;
using data::mask_field;
using data::SlotField;
#endif

}  // namespace foregraph
