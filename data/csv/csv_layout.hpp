#pragma once

// Internal: maps the columns of a CSV file to fields and texts.

#include <array>
#include <optional>
#include <span>

#include <foregraph/detail/data/csv/csv.hpp>
#include <foregraph/detail/data/csv/csv_reader.hpp>

namespace foregraph::detail {

/// The columns of a file and the fields built from them.
struct CsvColumns {
  std::vector<std::string> names;
  std::vector<data::CsvField> fields;
  std::string label;  ///< the label's column, if CsvOptions::fields is empty
};

/// Reads the first row and returns the column names, leaving `reader` at the first data row. Throws
/// DataError or UsageError; see read_csv().
[[nodiscard]] std::vector<std::string> read_csv_header(const std::filesystem::path& path,
                                                       const data::CsvOptions& options,
                                                       CsvReader& reader);

class CsvNames;

class CsvLayout {
 public:
  /// Reads the first row like read_csv_header().
  CsvLayout(const std::filesystem::path& path, const data::CsvOptions& options, CsvReader& reader);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const data::CsvOptions& options() const { return options_; }
  [[nodiscard]] const CsvColumns& columns() const { return columns_; }
  [[nodiscard]] const std::vector<data::FieldSpec>& fields() const { return fields_; }

  /// Throws DataError if the row that `reader` read last differs from the header in its column
  /// count.
  void check_columns(const std::vector<CsvCell>& cells, const CsvReader& reader) const;
  /// Writes the fields of a checked row, skipping those whose address is null. Throws DataError.
  void parse(const std::vector<CsvCell>& cells, const CsvReader& reader,
             std::span<std::byte* const> to) const;
  /// Appends the texts of a checked row; `texts[i]` collects CsvOptions::text[i].
  void add_texts(const std::vector<CsvCell>& cells, const CsvReader& reader,
                 std::span<std::vector<std::string>> texts) const;
  /// Throws DataError because nothing follows the header that `reader` has read.
  [[noreturn]] void refuse_no_rows(const CsvReader& reader) const;

 private:
  /// Where the values of a column go: element `element` of each row of field `field`; -1 skips it.
  struct Target {
    int field = -1;
    std::size_t element = 0;
    int text = -1;  ///< index into CsvOptions::text
    bool is_label = false;
    std::optional<std::array<std::byte, 8>> fill{};  ///< in the field's dtype
    int fill_text = -1;                              ///< index into CsvOptions::fill, for a text
  };

  void find_targets(const CsvNames& names);
  void mark_labels(const CsvNames& names, std::size_t default_label);
  void find_fills(const CsvNames& names);
  [[noreturn]] void refuse_missing(const CsvCell& cell, const CsvReader& reader) const;
  [[nodiscard]] const data::FieldSpec& field_of(const Target& target) const {
    return fields_[static_cast<std::size_t>(target.field)];
  }

  std::filesystem::path path_;
  data::CsvOptions options_;
  CsvColumns columns_;
  std::vector<data::FieldSpec> fields_;
  std::vector<Target> targets_;  ///< by column
};

}  // namespace foregraph::detail
