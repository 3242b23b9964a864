#pragma once

// Internal: which columns of a CSV file go where.

#include <span>

#include <foregraph/runtime/data/csv.hpp>
#include <foregraph/runtime/data/csv_reader.hpp>

namespace foregraph::detail {

/// The columns of a file, and the fields made of them.
struct CsvColumns {
  std::vector<std::string> names;
  std::vector<CsvField> fields;
};

class CsvLayout {
 public:
  /// Reads the first line; `reader` goes on with the first row of data. Throws DataError or
  /// UsageError; see read_csv().
  CsvLayout(const std::filesystem::path& path, const CsvOptions& options, CsvReader& reader);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const CsvOptions& options() const { return options_; }
  [[nodiscard]] const CsvColumns& columns() const { return columns_; }
  [[nodiscard]] const std::vector<FieldSpec>& fields() const { return fields_; }

  /// Throws DataError if a row has not the columns of the first line.
  void check_columns(const std::vector<CsvCell>& cells, std::int64_t line) const;
  /// Writes the fields of a checked row, but those whose address is null. Throws DataError.
  void parse(const std::vector<CsvCell>& cells, std::int64_t line,
             std::span<std::byte* const> to) const;
  /// Adds the texts of a checked row to those of the rows before: `texts[i]` is of
  /// CsvOptions::text[i].
  void add_texts(const std::vector<CsvCell>& cells,
                 std::span<std::vector<std::string>> texts) const;

 private:
  /// A column's values go to element `element` of each row of field `field`; -1 skips it.
  struct Target {
    int field = -1;
    std::size_t element = 0;
    int text = -1;  ///< of CsvOptions::text
  };

  std::filesystem::path path_;
  CsvOptions options_;
  CsvColumns columns_;
  std::vector<FieldSpec> fields_;
  std::vector<Target> targets_;  ///< by column
};

}  // namespace foregraph::detail
