#pragma once

/// @file
/// Data sets in memory, their parts and combinations, and sources of your own.

#include <foregraph/detail/data/dataset/combine.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/dataset/split.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using data::concatenate;
using data::Dataset;
using data::Field;
using data::FieldSpec;
using data::FieldView;
using data::interleave;
using data::make_source;
using data::RowsInMemory;
using data::RowSource;
using data::Source;
using data::Split;
using data::split;
using data::SplitOptions;
using data::Stream;
using data::TextColumn;
#endif

}  // namespace foregraph
