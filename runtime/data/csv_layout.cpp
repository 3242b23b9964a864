#include <algorithm>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/data/csv_layout.hpp>
#include <foregraph/runtime/data/csv_value.hpp>
#include <utility>

namespace foregraph::detail {
namespace {

std::size_t column_index(const std::filesystem::path& path, const std::vector<std::string>& names,
                         const std::string& name) {
  std::size_t found = names.size();
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    all += (i == 0 ? "'" : ", '") + names[i] + "'";
    if (names[i] != name) continue;
    if (found < names.size())
      throw DataError(path.string() + ": two columns are called '" + name +
                      "'; rename one of them");
    found = i;
  }
  if (found == names.size())
    throw DataError(path.string() + ": there is no column '" + name + "'; the columns are " + all);
  return found;
}

/// The fields asked for, or "x" and "label" by the rule of CsvOptions::label.
std::vector<CsvField> fields_for(const std::filesystem::path& path, const CsvOptions& options,
                                 const std::vector<std::string>& names) {
  if (!options.fields.empty()) return options.fields;
  if (names.size() < 2)
    throw DataError(path.string() + ": it has " + std::to_string(names.size()) +
                    " column, expected at least one for 'x' and one for 'label'; or name the "
                    "fields in CsvOptions::fields");
  std::size_t label = names.size() - 1;
  if (!options.label.empty()) {
    label = column_index(path, names, options.label);
  } else {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == "label") label = i;
  }
  const auto is_text = [&](const std::string& name) {
    return std::find(options.text.begin(), options.text.end(), name) != options.text.end();
  };
  CsvField x{"x", f32, {}};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (i != label && !is_text(names[i])) x.columns.push_back(names[i]);
  std::vector<CsvField> fields;
  if (!x.columns.empty()) fields.push_back(std::move(x));
  if (!is_text(names[label])) fields.push_back({"label", i32, {names[label]}});
  return fields;
}

}  // namespace

CsvLayout::CsvLayout(const std::filesystem::path& path, const CsvOptions& options,
                     CsvReader& reader)
    : path_(path), options_(options) {
  std::vector<CsvCell> cells;
  if (!reader.next(cells))
    throw DataError(path.string() + ": the file is empty; expected " +
                    (options.header ? "a header and rows" : "rows"));
  bool numbers_only = true;
  for (const CsvCell& cell : cells) {
    columns_.names.emplace_back(options.header ? std::string(trimmed(cell.text))
                                               : std::to_string(cell.column));
    numbers_only = numbers_only && is_csv_number(cell.text);
  }
  if (options.header && numbers_only)
    fail_csv(path, reader.line(), 0, {},
             "the first line holds numbers, not the names of columns; set CsvOptions::header to "
             "false if the file has no header");
  if (!options.header) reader.seek(reader.row_position());

  targets_.resize(columns_.names.size());
  columns_.fields = fields_for(path, options, columns_.names);
  for (const CsvField& field : columns_.fields) {
    if (field.columns.empty())
      throw UsageError("CsvOptions::fields: field '" + field.name + "' has no columns");
    for (std::size_t e = 0; e < field.columns.size(); ++e) {
      Target& target = targets_[column_index(path, columns_.names, field.columns[e])];
      if (target.field >= 0)
        throw UsageError("CsvOptions::fields: column '" + field.columns[e] +
                         "' is used by two fields");
      target.field = static_cast<int>(fields_.size());
      target.element = e;
    }
    fields_.push_back({field.name, field.dtype, {}});
    if (field.columns.size() > 1)
      fields_.back().row_shape.push_back(static_cast<std::int64_t>(field.columns.size()));
  }
  for (std::size_t t = 0; t < options.text.size(); ++t) {
    Target& target = targets_[column_index(path, columns_.names, options.text[t])];
    if (target.field >= 0 || target.text >= 0)
      throw UsageError("CsvOptions::text: column '" + options.text[t] +
                       "' is used by a field or another text");
    target.text = static_cast<int>(t);
  }
}

void CsvLayout::check_columns(const std::vector<CsvCell>& cells, std::int64_t line) const {
  if (cells.size() != columns_.names.size())
    fail_csv(path_, line, 0, {},
             "the line has " + std::to_string(cells.size()) + " columns, expected " +
                 std::to_string(columns_.names.size()) + " as in " +
                 (options_.header ? "the header" : "the first line"));
}

void CsvLayout::parse(const std::vector<CsvCell>& cells, std::int64_t line,
                      std::span<std::byte* const> to) const {
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const Target& target = targets_[c];
    if (target.field < 0) continue;
    const auto field = static_cast<std::size_t>(target.field);
    if (to[field] == nullptr) continue;
    const DType dtype = fields_[field].dtype;
    parse_csv_value(
        cells[c].text, dtype, options_, {path_, line, cells[c].column, columns_.names[c]},
        to[field] + target.element * static_cast<std::size_t>(bytes_per_element(dtype)));
  }
}

void CsvLayout::add_texts(const std::vector<CsvCell>& cells,
                          std::span<std::vector<std::string>> texts) const {
  for (std::size_t c = 0; c < cells.size(); ++c)
    if (targets_[c].text >= 0)
      texts[static_cast<std::size_t>(targets_[c].text)].emplace_back(cells[c].text);
}

}  // namespace foregraph::detail
