#pragma once

/// @file
/// NumPy's .npy and .npz files.

#include <foregraph/detail/data/formats/npy.hpp>
#include <foregraph/detail/data/formats/npz.hpp>
#include <foregraph/pipeline.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using data::npy;
using data::NpyField;
using data::npz;
using data::NpzField;
using data::read_npy;
using data::read_npz;
#endif

}  // namespace foregraph
