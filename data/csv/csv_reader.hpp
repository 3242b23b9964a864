#pragma once

// Internal: the CSV grammar (RFC 4180), parsed in one pass over the text.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

namespace foregraph::detail {

/// One cell: its text without quotes, and its column number.
struct CsvCell {
  std::string_view text;
  std::int64_t column = 1;
};

/// Where a row starts: byte offset and line.
struct CsvPosition {
  std::size_t at = 0;
  std::int64_t line = 1;
};

/// Splits a text into rows of cells, starting from any row. `path` is used in messages; both it and
/// the text must outlive the reader. A byte order mark is skipped.
class CsvReader {
 public:
  CsvReader(const std::filesystem::path& path, std::string_view text, char delimiter,
            std::int64_t max_row_bytes);

  /// Reads the next non-empty row, or returns false at the end. The cells are valid until the next
  /// call. Throws DataError for an unclosed quote, text after a closing quote, or a row longer than
  /// `max_row_bytes`.
  bool next(std::vector<CsvCell>& cells);
  /// Returns the line where the last row started, as editors count.
  [[nodiscard]] std::int64_t line() const { return row_.line; }
  [[nodiscard]] const CsvPosition& row_position() const { return row_; }
  /// Returns where next() continues; the end of the text once it has all been read.
  [[nodiscard]] const CsvPosition& next_position() const { return next_; }
  /// Makes next() continue with the row at `position`.
  void seek(const CsvPosition& position) { next_ = position; }

  [[nodiscard]] std::string_view text() const { return text_; }
  /// Sets the file's first line, for messages, when the text starts further into the file.
  void set_header_line(std::string_view line) { header_ = line; }
  /// Throws DataError for column `column`, called `name`, of the last row. The message includes
  /// csv_hint()'s guess if the row does not look like CSV with this delimiter. Column 0 and an
  /// empty name are left out of the message.
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
  std::size_t row_limit_ = 0;                 ///< end of the bytes this row may occupy
  std::forward_list<std::string> unescaped_;  ///< cells of this row that contained quotes
};

/// Returns the text without leading and trailing blanks.
std::string_view trimmed(std::string_view text);

}  // namespace foregraph::detail
