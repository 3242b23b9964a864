#pragma once

/// @file
/// CSV files.

#include <foregraph/detail/data/csv/csv.hpp>
#include <foregraph/pipeline.hpp>

namespace foregraph {

// Short names.
using data::csv;

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using data::csv_columns;
using data::CsvField;
using data::CsvFill;
using data::CsvOptions;
using data::Missing;
using data::read_csv;
using data::read_csv_files;
#endif

}  // namespace foregraph
