#pragma once

// Internal: which columns of a CSV file go where.

#include <array>
#include <optional>
#include <span>

#include <foregraph/detail/data/csv/csv.hpp>
#include <foregraph/detail/data/csv/csv_reader.hpp>

namespace foregraph::detail {

/// The columns of a file, and the fields made of them.
struct CsvColumns {
  std::vector<std::string> names;
  std::vector<CsvField> fields;
  std::string label;  ///< the column, if no CsvOptions::fields say which it is
};

/// Reads the first row and returns the names of the columns; `reader` goes on with the first row of
/// data. Throws DataError or UsageError; see read_csv().
[[nodiscard]] std::vector<std::string> read_csv_header(const std::filesystem::path& path,
                                                       const CsvOptions& options,
                                                       CsvReader& reader);

class CsvNames;

class CsvLayout {
 public:
  /// Reads the first row as read_csv_header().
  CsvLayout(const std::filesystem::path& path, const CsvOptions& options, CsvReader& reader);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const CsvOptions& options() const { return options_; }
  [[nodiscard]] const CsvColumns& columns() const { return columns_; }
  [[nodiscard]] const std::vector<FieldSpec>& fields() const { return fields_; }

  /// Throws DataError if a row, the last that `reader` read, has not the columns of the first line.
  void check_columns(const std::vector<CsvCell>& cells, const CsvReader& reader) const;
  /// Writes the fields of a checked row, but those whose address is null. Throws DataError.
  void parse(const std::vector<CsvCell>& cells, const CsvReader& reader,
             std::span<std::byte* const> to) const;
  /// Adds the texts of a checked row to those of the rows before: `texts[i]` is of
  /// CsvOptions::text[i].
  void add_texts(const std::vector<CsvCell>& cells, const CsvReader& reader,
                 std::span<std::vector<std::string>> texts) const;
  /// Throws DataError: there is nothing after the header, which `reader` has read.
  [[noreturn]] void refuse_no_rows(const CsvReader& reader) const;

 private:
  /// A column's values go to element `element` of each row of field `field`; -1 skips it.
  struct Target {
    int field = -1;
    std::size_t element = 0;
    int text = -1;  ///< of CsvOptions::text
    bool is_label = false;
    std::optional<std::array<std::byte, 8>> fill{};  ///< in the field's dtype
    int fill_text = -1;                              ///< of CsvOptions::fill, for a text
  };

  void find_targets(const CsvNames& names);
  void mark_labels(const CsvNames& names, std::size_t default_label);
  void find_fills(const CsvNames& names);
  [[noreturn]] void refuse_missing(const CsvCell& cell, const CsvReader& reader) const;
  [[nodiscard]] const FieldSpec& field_of(const Target& target) const {
    return fields_[static_cast<std::size_t>(target.field)];
  }

  std::filesystem::path path_;
  CsvOptions options_;
  CsvColumns columns_;
  std::vector<FieldSpec> fields_;
  std::vector<Target> targets_;  ///< by column
};

}  // namespace foregraph::detail
