#pragma once

// Internal: the grammar of CSV files (RFC 4180), in one pass over their text.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

namespace foregraph::detail {

/// One cell: its text without quotes, and where it is.
struct CsvCell {
  std::string_view text;
  std::int64_t column = 1;
};

/// Throws DataError; column 0 and an empty name are left out of the message.
[[noreturn]] void fail_csv(const std::filesystem::path& path, std::int64_t line,
                           std::int64_t column, std::string_view column_name,
                           const std::string& what);

/// Where a row starts: byte and line.
struct CsvPosition {
  std::size_t at = 0;
  std::int64_t line = 1;
};

/// Splits a text into rows of cells, from any row on. `path` is for messages; it and the text must
/// outlive the reader. A byte order mark is skipped.
class CsvReader {
 public:
  CsvReader(const std::filesystem::path& path, std::string_view text, char delimiter)
      : path_(path), text_(text), delimiter_(delimiter) {
    if (text_.starts_with("\xef\xbb\xbf")) next_.at = 3;
  }

  /// The next row that is not an empty line; false at the end. The cells are valid until the next
  /// call. Throws DataError for a quote that is not closed, or text after a closing one.
  bool next(std::vector<CsvCell>& cells);
  /// The line where the last row started, as an editor counts.
  [[nodiscard]] std::int64_t line() const { return row_.line; }
  [[nodiscard]] const CsvPosition& row_position() const { return row_; }
  /// Where next() goes on; at the end of the text if all of it was looked at.
  [[nodiscard]] const CsvPosition& next_position() const { return next_; }
  /// next() goes on with the row at `position`.
  void seek(const CsvPosition& position) { next_ = position; }

 private:
  [[nodiscard]] bool is_end() const { return next_.at >= text_.size(); }
  [[nodiscard]] bool is_line_end() const;
  void skip_line_end();
  std::string_view plain();
  std::string_view quoted(std::int64_t column);

  const std::filesystem::path& path_;
  std::string_view text_;
  char delimiter_;
  CsvPosition next_;
  CsvPosition row_;
  std::forward_list<std::string> unescaped_;  ///< of this row, cells that had quotes in them
};

/// Without blanks at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace foregraph::detail
