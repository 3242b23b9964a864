#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::data {

/// How to treat an empty cell: as an error, or as the given value (`.missing = 0.0`).
class FOREGRAPH_EXPORT Missing {
 public:
  /// Refuses empty cells; the default.
  static const Missing error;
  /// Fills empty cells with `fill`.
  constexpr Missing(double fill) : fill_(fill) {}
  /// Returns the value to fill with, if there is one.
  [[nodiscard]] constexpr std::optional<double> fill() const { return fill_; }

 private:
  constexpr Missing() = default;
  std::optional<double> fill_;
};
inline constexpr Missing Missing::error{};

/// The value for empty cells of one column, written as it would appear in the file.
struct CsvFill {
  std::string column;  ///< name of the column
  std::string cell;    ///< the text of a cell to take instead of an empty one
};

/// A field built from the listed columns, in that order. One column gives one value per row (row
/// shape {}); several give the row shape {columns}.
struct CsvField {
  std::string name;                  ///< name of the field
  DType dtype = DType::f32;          ///< type that the cells are read as
  std::vector<std::string> columns;  ///< the columns of the field's elements, in order
};

/// How to read a CSV file.
struct CsvOptions {
  /// The first line names the columns. Without a header, columns are called "1", "2", ...
  bool header = true;
  char delimiter = ',';  ///< separator of the cells, one byte
  /// The column that becomes the field "label" (i32); all others become "x" (f32). If empty, the
  /// column called "label" or, failing that, the last one. With `fields`, this only marks the
  /// label, as either a column or a field; see `missing`.
  std::string label = {};
  /// Defines the fields explicitly. Columns that belong to no field are skipped and may hold text.
  std::vector<CsvField> fields = {};
  /// Columns to read as text columns of the same name, for Preprocessing::vocabulary(). They are
  /// excluded from "x" and may include the label.
  std::vector<std::string> text = {};
  /// Value for empty cells of floating-point columns. Labels are never filled this way, because the
  /// model would learn the invented values; use `fill` for them. Labels are integer and boolean
  /// columns, the columns of a field called "label" or named by `label`, and columns called "label"
  /// or named by `label`.
  Missing missing = Missing::error;
  /// Values for empty cells of specific columns, labels included: `{{"label", "0"}}`. An empty cell
  /// of a text column is an empty text unless the column is listed here or is the label.
  std::vector<CsvFill> fill = {};
  /// Accept NaN and infinities in floating-point columns.
  bool allow_non_finite = false;
  /// Read and parse rows on demand, for files larger than memory. Needs 4 bytes per row, all texts
  /// in memory, and one initial pass over the file. Invalid values are then reported when their row
  /// is read, and so is a file that has been truncated or rewritten since; if the file was replaced
  /// by renaming another over it, the original is still read.
  bool lazy = false;
  /// Longer rows are refused. Without this limit, a non-CSV file with no line ends would be one
  /// row.
  std::int64_t max_row_bytes = std::int64_t{1} << 24;
  /// Limit for pipes, which may never end. Regular files may have any size.
  std::int64_t max_pipe_bytes = std::int64_t{1} << 28;
};

/// Reads a CSV file of numbers, and of text where requested. The format is RFC 4180: cells may be
/// quoted, "" stands for a quote inside a quoted cell, and lines end with LF or CRLF. A UTF-8 byte
/// order mark and empty lines are skipped, and blanks around numbers are ignored. Numbers are
/// decimal with a point. Floating-point values are rounded to nearest, underflowing to 0; integers
/// are exact in any notation, so 3e9 and 3000000000.0 are integers. Boolean columns hold 0, 1, true
/// or false. Takes O(characters) time for any number of columns.
///
/// Throws FileError if the file cannot be read or is a directory or device (pipes are accepted,
/// except with CsvOptions::lazy). Throws DataError, with path, line (as editors count) and column,
/// if the file is empty, has no data rows, is not UTF-8 text or does not fit in memory; a quote is
/// not closed; a row is too long or has the wrong number of columns; a cell is missing, not a
/// number, out of the dtype's range, not finite or, in an integer column, not an integer; a column
/// name is unknown or ambiguous; or the first line looks like data instead of a header. The message
/// adds a hint if the rows appear to use another delimiter, comments, or line ends of CR alone.
/// Throws UsageError for invalid options, such as a fill value that would not be accepted as a
/// cell.
[[nodiscard]] FOREGRAPH_EXPORT Dataset read_csv(const std::filesystem::path& path,
                                                const CsvOptions& options = {});

/// Reads several files with the same columns as one data set, one file after another; see
/// concatenate().
///
///     auto data = fg::data::read_csv_files({"2024.csv", "2025.csv"}, {.lazy = true});
///
/// The first file determines the fields; columns of the other files are matched by name. Throws as
/// read_csv(), UsageError if there is no path, and DataError if a file lacks a column of the first
/// or, without CsvOptions::fields, has extra ones.
[[nodiscard]] FOREGRAPH_EXPORT Dataset
read_csv_files(const std::vector<std::filesystem::path>& paths, const CsvOptions& options = {});

/// Returns the column names of a CSV file with a header, in order, as accepted by
/// CsvField::columns. Reads no further than the first row. Throws as read_csv().
[[nodiscard]] FOREGRAPH_EXPORT std::vector<std::string> csv_columns(
    const std::filesystem::path& path, const CsvOptions& options = {});

/// Returns a pipeline over a CSV file:
/// `fg::data::csv("train.csv").shuffle(42).batch(128).prefetch(2)`.
[[nodiscard]] FOREGRAPH_EXPORT Pipeline csv(const std::filesystem::path& path,
                                            const CsvOptions& options = {});

}  // namespace foregraph::data
