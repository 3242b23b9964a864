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

/// Where a row starts: byte and line.
struct CsvPosition {
  std::size_t at = 0;
  std::int64_t line = 1;
};

/// Splits a text into rows of cells, from any row on. `path` is for messages; it and the text must
/// outlive the reader. A byte order mark is skipped.
class CsvReader {
 public:
  CsvReader(const std::filesystem::path& path, std::string_view text, char delimiter,
            std::int64_t max_row_bytes);

  /// The next row that is not an empty line; false at the end. The cells are valid until the next
  /// call. Throws DataError for a quote that is not closed, text after a closing one, or a row that
  /// is longer than `max_row_bytes`.
  bool next(std::vector<CsvCell>& cells);
  /// The line where the last row started, as an editor counts.
  [[nodiscard]] std::int64_t line() const { return row_.line; }
  [[nodiscard]] const CsvPosition& row_position() const { return row_; }
  /// Where next() goes on; at the end of the text if all of it was looked at.
  [[nodiscard]] const CsvPosition& next_position() const { return next_; }
  /// next() goes on with the row at `position`.
  void seek(const CsvPosition& position) { next_ = position; }

  [[nodiscard]] std::string_view text() const { return text_; }
  /// Tells the first line of the file, for messages, where the text is a later part of it.
  void set_header_line(std::string_view line) { header_ = line; }
  /// Throws DataError for `column` of the last row, whose name is `name`, with what the row looks
  /// like if it is no CSV of this delimiter; see csv_hint(). Column 0 and an empty name are left
  /// out of the message.
  [[noreturn]] void fail(std::int64_t column, std::string_view name, const std::string& what,
                         std::string_view cell = {}) const {
    fail_at(row_.line, column, name, what, cell);
  }

 private:
  [[noreturn]] void fail_at(std::int64_t line, std::int64_t column, std::string_view name,
                            const std::string& what, std::string_view cell) const;
  [[nodiscard]] bool is_end() const { return next_.at >= text_.size(); }
  [[nodiscard]] bool is_line_end() const;
  void skip_line_end();
  std::string_view plain();
  std::string_view quoted(std::int64_t column);
  void check_row_bytes(std::int64_t column) const;

  const std::filesystem::path& path_;
  std::string_view text_;
  std::string_view header_;
  char delimiter_;
  std::size_t max_row_bytes_;
  CsvPosition next_;
  CsvPosition row_;
  std::size_t row_limit_ = 0;                 ///< the byte up to which this row may go
  std::forward_list<std::string> unescaped_;  ///< of this row, cells that had quotes in them
};

/// Without blanks at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace foregraph::detail
