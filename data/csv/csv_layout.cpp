#include <algorithm>
#include <charconv>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/data/csv/csv_hints.hpp>
#include <foregraph/detail/data/csv/csv_layout.hpp>
#include <foregraph/detail/data/csv/csv_value.hpp>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace foregraph::detail {

/// Finds columns by name in constant time, for files with very many columns.
class CsvNames {
 public:
  CsvNames(const std::vector<std::string>& names, const CsvReader& reader)
      : names_(names), reader_(reader) {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (!index_.emplace(names[i], i).second) repeated_.insert(names[i]);
  }

  /// Throws DataError if no column or more than one has this name.
  [[nodiscard]] std::size_t find(const std::string& name) const {
    const auto found = index_.find(name);
    if (found == index_.end())
      reader_.fail(0, {}, "there is no column " + in_quotes(name) + "; the columns are " + all());
    if (repeated_.contains(name))
      reader_.fail(0, {}, "two columns are named " + in_quotes(name) + "; rename one of them");
    return found->second;
  }
  /// Returns the index of the first column of this name, or the number of names if there is none.
  [[nodiscard]] std::size_t first(const std::string& name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? names_.size() : found->second;
  }
  [[nodiscard]] const std::vector<std::string>& all_names() const { return names_; }
  [[nodiscard]] const CsvReader& reader() const { return reader_; }

 private:
  [[nodiscard]] std::string all() const {
    constexpr std::size_t most_shown = 20;
    std::string text;
    for (std::size_t i = 0; i < std::min(names_.size(), most_shown); ++i)
      text += (i == 0 ? "" : ", ") + in_quotes(names_[i]);
    if (names_.size() > most_shown)
      text += " and " + std::to_string(names_.size() - most_shown) + " more";
    return text;
  }

  const std::vector<std::string>& names_;
  const CsvReader& reader_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::unordered_set<std::string_view> repeated_;
};

namespace {

/// Returns the index of the label's column when no field names it.
std::size_t default_label_of(const data::CsvOptions& options, const CsvNames& names) {
  const std::size_t count = names.all_names().size();
  if (count < 2)
    names.reader().fail(0, {},
                        "it has " + std::to_string(count) +
                            " column, expected at least one for 'x' and one for 'label'; or list "
                            "the fields in CsvOptions::fields");
  if (!options.label.empty()) return names.find(options.label);
  return names.first("label") < count ? names.find("label") : count - 1;
}

/// Returns the fields "x" and "label" by the rule of CsvOptions::label.
std::vector<data::CsvField> default_fields(const data::CsvOptions& options,
                                           const std::vector<std::string>& names,
                                           std::size_t label) {
  const std::unordered_set<std::string_view> texts(options.text.begin(), options.text.end());
  data::CsvField x{"x", f32, {}};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (i != label && !texts.contains(names[i])) x.columns.push_back(names[i]);
  std::vector<data::CsvField> fields;
  if (!x.columns.empty()) fields.push_back(std::move(x));
  if (!texts.contains(names[label])) fields.push_back({"label", i32, {names[label]}});
  return fields;
}

void check_options(const data::CsvOptions& options) {
  constexpr std::string_view impossible{"\"\r\n\0", 4};
  if (impossible.find(options.delimiter) != std::string_view::npos)
    throw UsageError(
        "CsvOptions::delimiter is " + in_quotes({&options.delimiter, 1}) +
        ", which cannot separate columns; expected a character such as ',', ';' or a tab");
}

/// Returns the value of `cell`, which fills the empty cells of column `name`.
std::array<std::byte, 8> fill_value(const std::string& option, const std::string& name, DType dtype,
                                    const std::string& cell, bool allow_non_finite) {
  std::array<std::byte, 8> value{};
  const std::string where = "CsvOptions::" + option + ", for column " + in_quotes(name) + ": ";
  const std::string_view text = trimmed(cell);
  if (text.empty()) throw UsageError(where + "it is empty, expected a value");
  const CsvFault fault = parse_csv_value(text, dtype, allow_non_finite, value.data());
  if (fault != CsvFault::none) throw UsageError(where + csv_fault_text(fault, text, dtype));
  return value;
}

std::string text_of_number(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

}  // namespace

std::vector<std::string> read_csv_header(const std::filesystem::path& path,
                                         const data::CsvOptions& options, CsvReader& reader) {
  check_options(options);
  check_is_text(path, reader.text());
  std::vector<CsvCell> cells;
  if (!reader.next(cells))
    throw DataError(path.string() + ": the file is empty; expected " +
                    (options.header ? "a header and rows" : "rows"));
  std::vector<std::string> names;
  names.reserve(cells.size());
  bool numbers_only = true;
  for (const CsvCell& cell : cells) {
    names.emplace_back(options.header ? std::string(trimmed(cell.text))
                                      : std::to_string(cell.column));
    numbers_only = numbers_only && is_csv_number(cell.text);
  }
  if (options.header && numbers_only)
    reader.fail(0, {},
                "the first line holds numbers, not the names of columns; set CsvOptions::header to "
                "false if the file has no header");
  if (!options.header) reader.seek(reader.row_position());
  return names;
}

CsvLayout::CsvLayout(const std::filesystem::path& path, const data::CsvOptions& options,
                     CsvReader& reader)
    : path_(path), options_(options) {
  columns_.names = read_csv_header(path, options, reader);
  targets_.resize(columns_.names.size());
  const CsvNames names(columns_.names, reader);
  columns_.fields = options.fields;
  std::size_t label = columns_.names.size();
  if (options.fields.empty()) {
    label = default_label_of(options, names);
    columns_.fields = default_fields(options, columns_.names, label);
    columns_.label = columns_.names[label];
  }
  find_targets(names);
  mark_labels(names, label);
  find_fills(names);
}

void CsvLayout::find_targets(const CsvNames& names) {
  for (const data::CsvField& field : columns_.fields) {
    if (field.columns.empty())
      throw UsageError("CsvOptions::fields: field " + in_quotes(field.name) + " has no columns");
    for (std::size_t e = 0; e < field.columns.size(); ++e) {
      Target& target = targets_[names.find(field.columns[e])];
      if (target.field >= 0)
        throw UsageError("CsvOptions::fields: column " + in_quotes(field.columns[e]) +
                         " is used by two fields");
      target.field = static_cast<int>(fields_.size());
      target.element = e;
    }
    fields_.push_back({field.name, field.dtype, {}});
    if (field.columns.size() > 1)
      fields_.back().row_shape.push_back(static_cast<std::int64_t>(field.columns.size()));
  }
  for (std::size_t t = 0; t < options_.text.size(); ++t) {
    Target& target = targets_[names.find(options_.text[t])];
    if (target.field >= 0 || target.text >= 0)
      throw UsageError("CsvOptions::text: column " + in_quotes(options_.text[t]) +
                       " is used by a field or another text");
    target.text = static_cast<int>(t);
  }
}

void CsvLayout::mark_labels(const CsvNames& names, std::size_t default_label) {
  if (default_label < targets_.size()) targets_[default_label].is_label = true;
  std::string_view label_field = "label";
  if (!options_.label.empty()) {
    const bool names_a_field = std::ranges::any_of(
        fields_, [&](const data::FieldSpec& f) { return f.name == options_.label; });
    if (names_a_field && names.first(options_.label) == targets_.size())
      label_field = options_.label;
    else
      targets_[names.find(options_.label)].is_label = true;
  }
  for (std::size_t c = 0; c < targets_.size(); ++c) {
    Target& target = targets_[c];
    if (columns_.names[c] == "label") target.is_label = true;
    if (target.field < 0) continue;
    const data::FieldSpec& field = field_of(target);
    if (!is_floating(field.dtype) || field.name == "label" || field.name == label_field)
      target.is_label = true;
  }
}

void CsvLayout::find_fills(const CsvNames& names) {
  const bool non_finite = options_.allow_non_finite;
  if (options_.missing.fill()) {
    const std::string cell = text_of_number(*options_.missing.fill());
    std::array<std::optional<std::array<std::byte, 8>>, 2> values;  // for f32 and f64
    for (std::size_t c = 0; c < targets_.size(); ++c) {
      Target& target = targets_[c];
      if (target.field < 0 || target.is_label) continue;
      const DType dtype = field_of(target).dtype;
      auto& value = values[dtype == f32 ? 0 : 1];
      if (!value) value = fill_value("missing", columns_.names[c], dtype, cell, non_finite);
      target.fill = value;
    }
  }
  for (std::size_t i = 0; i < options_.fill.size(); ++i) {
    const auto& [column, cell] = options_.fill[i];
    Target& target = targets_[names.find(column)];
    if (target.field < 0 && target.text < 0)
      throw UsageError("CsvOptions::fill: column " + in_quotes(column) +
                       " is not in any field or text; list it there as well");
    if (target.field >= 0)
      target.fill = fill_value("fill", column, field_of(target).dtype, cell, non_finite);
    else
      target.fill_text = static_cast<int>(i);
  }
}

void CsvLayout::check_columns(const std::vector<CsvCell>& cells, const CsvReader& reader) const {
  const std::size_t expected = columns_.names.size();
  if (cells.size() == expected) return;
  reader.fail(0, {},
              "the line has " + std::to_string(cells.size()) +
                  (cells.size() == 1 ? " column, expected " : " columns, expected ") +
                  std::to_string(expected) + " as in " +
                  (options_.header ? "the header" : "the first line"));
}

void CsvLayout::parse(const std::vector<CsvCell>& cells, const CsvReader& reader,
                      std::span<std::byte* const> to) const {
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const Target& target = targets_[c];
    if (target.field < 0) continue;
    std::byte* const base = to[static_cast<std::size_t>(target.field)];
    if (base == nullptr) continue;
    const DType dtype = field_of(target).dtype;
    const auto bytes = static_cast<std::size_t>(bytes_per_element(dtype));
    std::byte* const at = base + target.element * bytes;
    const std::string_view text = trimmed(cells[c].text);
    if (text.empty()) {
      if (!target.fill) refuse_missing(cells[c], reader);
      std::memcpy(at, target.fill->data(), bytes);
      continue;
    }
    const CsvFault fault = parse_csv_value(text, dtype, options_.allow_non_finite, at);
    if (fault != CsvFault::none)
      reader.fail(cells[c].column, columns_.names[c], csv_fault_text(fault, text, dtype), text);
  }
}

void CsvLayout::refuse_missing(const CsvCell& cell, const CsvReader& reader) const {
  const auto c = static_cast<std::size_t>(cell.column - 1);
  const std::string& name = columns_.names[c];
  reader.fail(cell.column, name,
              targets_[c].is_label
                  ? "the value is missing, and CsvOptions::missing does not fill labels or "
                    "integers; remove the row, or give a value for this column in CsvOptions::fill"
                  : "the value is missing; fill it in, or set CsvOptions::missing to a value");
}

void CsvLayout::add_texts(const std::vector<CsvCell>& cells, const CsvReader& reader,
                          std::span<std::vector<std::string>> texts) const {
  if (texts.empty()) return;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const Target& target = targets_[c];
    if (target.text < 0) continue;
    std::vector<std::string>& column = texts[static_cast<std::size_t>(target.text)];
    if (!trimmed(cells[c].text).empty() || (target.fill_text < 0 && !target.is_label)) {
      column.emplace_back(cells[c].text);
      continue;
    }
    if (target.fill_text < 0) refuse_missing(cells[c], reader);
    column.push_back(options_.fill[static_cast<std::size_t>(target.fill_text)].cell);
  }
}

void CsvLayout::refuse_no_rows(const CsvReader& reader) const {
  reader.fail(0, {}, "the file has a header but no data rows");
}

}  // namespace foregraph::detail
