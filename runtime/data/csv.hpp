#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/runtime/data/dataset.hpp>
#include <foregraph/runtime/data/pipeline.hpp>

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
  /// column called "label" or, if there is none, the last.
  std::string label = {};
  /// Names the fields instead; columns in no field are skipped and may hold text.
  std::vector<CsvField> fields = {};
  /// Columns that are taken as text of their own name, for Preprocessing::vocabulary(). They are
  /// not in "x" and may be the label.
  std::vector<std::string> text = {};
  Missing missing = Missing::error;
  /// Accept NaN and infinities in floating-point columns.
  bool allow_non_finite = false;
  /// Read and parse rows when they are wanted: for files larger than memory. Takes 4 bytes a row
  /// (and the texts, which are all kept), and one pass over the file at the start. What is wrong
  /// with a value is then thrown when its row is read, as is a file that was cut short or rewritten
  /// since; one that is replaced by renaming another is read on.
  bool lazy = false;
};

/// Reads a CSV file of numbers, and of text where asked for (RFC 4180: cells may be quoted, "" is a
/// quote in a quoted cell, lines end with LF or CRLF; a UTF-8 byte order mark and empty lines are
/// skipped, blanks around numbers ignored). Boolean columns hold 0, 1, true or false.
///
/// Throws DataError, with path, line (as an editor counts) and column, for a file that cannot be
/// read, is empty or has no data rows; an unterminated quote; a wrong number of columns; a cell
/// that is missing, no number, out of the dtype's range, not finite or, in integer columns, no
/// integer; an unknown or ambiguous column name; a first line that looks like data, not a header.
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

/// A pipeline over a CSV file: `fg::csv("train.csv").shuffle(42).batch(128).prefetch(2)`.
[[nodiscard]] Pipeline csv(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace foregraph
