#pragma once

/// @file
/// IDX files, the format of MNIST.

#include <foregraph/detail/data/formats/idx.hpp>
#include <foregraph/pipeline.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using data::idx;
using data::IdxArrayOptions;
using data::IdxOptions;
using data::read_idx;
using data::read_idx_array;
#endif

}  // namespace foregraph
