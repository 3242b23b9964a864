#pragma once

// Internal: the text of a CSV cell as a number.

#include <foregraph/runtime/data/csv.hpp>
#include <foregraph/runtime/data/csv_reader.hpp>

namespace foregraph::detail {

/// Where a cell is, for messages.
struct CsvPlace {
  const std::filesystem::path& path;
  std::int64_t line;
  std::int64_t column;
  const std::string& name;

  [[noreturn]] void fail(const std::string& what) const {
    fail_csv(path, line, column, name, what);
  }
};

/// Writes the value of the cell's text as `dtype` to `to`. Throws DataError; see read_csv().
void parse_csv_value(std::string_view text, DType dtype, const CsvOptions& options,
                     const CsvPlace& where, std::byte* to);

/// Whether the text is nothing but a number.
bool is_csv_number(std::string_view text);

}  // namespace foregraph::detail
