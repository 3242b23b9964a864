#pragma once

// Internal: CSV files whose rows are parsed on demand.
//
// One initial pass over the file finds the row starts, respecting quotes, and records the position
// of every fourth row. This takes 4 bytes per row, and reaching a row skips 1.5 others on average.

#include <foregraph/detail/data/csv/csv_layout.hpp>

namespace foregraph::detail {

/// Opens the file as a lazily parsed data set and stores its columns in `columns`.
data::Dataset lazy_csv(const std::filesystem::path& path, const data::CsvOptions& options,
                       CsvColumns& columns);

/// Returns the column names, holding only the beginning of the file in memory.
[[nodiscard]] std::vector<std::string> header_of_csv_file(const std::filesystem::path& path,
                                                          const data::CsvOptions& options);

}  // namespace foregraph::detail
