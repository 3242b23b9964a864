#pragma once

/// @file
/// Files of records that all have the same size.

#include <foregraph/detail/data/formats/records.hpp>
#include <foregraph/pipeline.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using data::read_records;
using data::RecordField;
using data::RecordOptions;
using data::records;
#endif

}  // namespace foregraph
