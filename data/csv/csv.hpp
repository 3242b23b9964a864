#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph {

/// What an empty cell means: an error, or a value to put in its place (`.missing = 0.0`).
class Missing {
 public:
  static const Missing error;
  constexpr Missing(double fill) : fill_(fill) {}
  [[nodiscard]] constexpr std::optional<double> fill() const { return fill_; }

 private:
  constexpr Missing() = default;
  std::optional<double> fill_;
};
inline constexpr Missing Missing::error{};

/// A value for the empty cells of one column, written as a cell of the file would be.
struct CsvFill {
  std::string column;
  std::string cell;
};

/// A field made of columns, in this order. One column gives one value per row (row shape {}),
/// several give a row shape of {columns}.
struct CsvField {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::string> columns;
};

struct CsvOptions {
  /// The first line names the columns. Without a header, columns are called "1", "2", ...
  bool header = true;
  char delimiter = ',';
  /// The column that becomes the field "label" (i32) while all others become "x" (f32). Empty: the
  /// column called "label" or, if there is none, the last. With `fields` it only says which column
  /// is the label, see `missing`.
  std::string label = {};
  /// Names the fields instead; columns in no field are skipped and may hold text.
  std::vector<CsvField> fields = {};
  /// Columns that are taken as text of their own name, for Preprocessing::vocabulary(). They are
  /// not in "x" and may be the label.
  std::vector<std::string> text = {};
  /// Fills empty cells of floating-point columns, except for those of the label: a label that is
  /// made up would be learned. Labels are integer and boolean columns, the columns of a field
  /// called "label", and the column named by `label` or called "label"; `fill` is for them.
  Missing missing = Missing::error;
  /// Fills empty cells of the columns it names, whatever they are: `{{"label", "0"}}`. An empty
  /// cell of a text column is an empty text unless the column is named here or is the label.
  std::vector<CsvFill> fill = {};
  /// Accept NaN and infinities in floating-point columns.
  bool allow_non_finite = false;
  /// Read and parse rows when they are wanted: for files larger than memory. Takes 4 bytes a row
  /// (and the texts, which are all kept), and one pass over the file at the start. What is wrong
  /// with a value is then thrown when its row is read, as is a file that was cut short or rewritten
  /// since; one that is replaced by renaming another is read on.
  bool lazy = false;
  /// A longer row is refused: without line ends, a file that is no CSV would be one row.
  std::int64_t max_row_bytes = std::int64_t{1} << 24;
  /// More is not read from a pipe, as it may never end. Files may have any size.
  std::int64_t max_pipe_bytes = std::int64_t{1} << 28;
};

/// Reads a CSV file of numbers, and of text where asked for (RFC 4180: cells may be quoted, "" is a
/// quote in a quoted cell, lines end with LF or CRLF; a UTF-8 byte order mark and empty lines are
/// skipped, blanks around numbers ignored). Numbers are decimal, with a point: floating-point ones
/// are rounded to nearest, to 0 if they are too small; integers are exact in any notation, so that
/// 3e9 and 3000000000.0 are integers. Boolean columns hold 0, 1, true or false. O(characters), with
/// any number of columns.
///
/// Throws FileError if the file cannot be read or is a directory or device (a pipe can be read, but
/// not with CsvOptions::lazy). Throws DataError, with path, line (as an editor counts) and column,
/// for a file that is empty, has no data rows, is not UTF-8 text or too large for the memory there
/// is; an unterminated quote; a row that is too long or has a wrong number of columns; a cell that
/// is missing, no number, out of the dtype's range, not finite or, in integer columns, no integer;
/// an unknown or ambiguous column name; a first line that looks like data, not a header. The
/// message says so if the rows look as if they had another delimiter, comments or line ends of CR
/// alone. Throws UsageError for options that make no sense, such as a fill value that would be
/// refused as a cell.
[[nodiscard]] Dataset read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

/// The rows of several files of the same columns as one data set, one file after another; see
/// concatenate().
///
///     auto data = fg::read_csv_files({"2024.csv", "2025.csv"}, {.lazy = true});
///
/// The first file decides the fields; in the others the columns are found by name. Throws as
/// read_csv(), UsageError if there is no path, and DataError if a file has not the columns of the
/// first or, without CsvOptions::fields, others.
[[nodiscard]] Dataset read_csv_files(const std::vector<std::filesystem::path>& paths,
                                     const CsvOptions& options = {});

/// Returns the names of the columns of a CSV file with a header, in their order: what can stand in
/// CsvField::columns. Reads no further than its first row. Throws as read_csv().
[[nodiscard]] std::vector<std::string> csv_columns(const std::filesystem::path& path,
                                                   const CsvOptions& options = {});

/// A pipeline over a CSV file: `fg::csv("train.csv").shuffle(42).batch(128).prefetch(2)`.
[[nodiscard]] Pipeline csv(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace foregraph
