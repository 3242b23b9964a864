#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/base/files/read_text.hpp>
#include <foregraph/detail/base/files/reading.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <foregraph/detail/data/csv/csv_layout.hpp>
#include <foregraph/detail/data/csv/csv_source.hpp>
#include <foregraph/detail/data/dataset/combine.hpp>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace foregraph::data {
namespace {

using detail::CsvCell;
using detail::CsvColumns;
using detail::CsvLayout;
using detail::CsvReader;

/// Parses the whole file and stores its columns in `columns`.
Dataset parse_file(const std::filesystem::path& path, const CsvOptions& options,
                   CsvColumns& columns) {
  const std::string text =
      read_text(path, {options.max_row_bytes, options.max_pipe_bytes, "CsvOptions::max_row_bytes",
                       "CsvOptions::max_pipe_bytes"});
  CsvReader reader(path, text, options.delimiter, options.max_row_bytes);
  const CsvLayout layout(path, options, reader);
  columns = layout.columns();
  const std::vector<FieldSpec>& fields = layout.fields();
  std::vector<std::vector<std::byte>> values(fields.size());
  std::vector<std::vector<std::string>> texts(options.text.size());
  std::vector<std::byte*> row(fields.size());
  std::vector<CsvCell> cells;
  std::int64_t rows = 0;
  for (; reader.next(cells); ++rows) {
    layout.check_columns(cells, reader);
    for (std::size_t f = 0; f < fields.size(); ++f) {
      const auto bytes = static_cast<std::size_t>(fields[f].row_bytes());
      values[f].resize(values[f].size() + bytes);
      row[f] = values[f].data() + values[f].size() - bytes;
    }
    layout.parse(cells, reader, row);
    layout.add_texts(cells, reader, texts);
  }
  if (rows == 0) layout.refuse_no_rows(reader);
  Dataset data;
  for (std::size_t f = 0; f < fields.size(); ++f)
    data.add({fields[f], rows, detail::own(std::move(values[f]))});
  for (std::size_t t = 0; t < texts.size(); ++t)
    data.add_text(options.text[t], std::move(texts[t]));
  return data;
}

void check_limits(const CsvOptions& options) {
  for (const auto& [name, bytes] : {std::pair{"max_row_bytes", options.max_row_bytes},
                                    {"max_pipe_bytes", options.max_pipe_bytes}})
    if (bytes < 1)
      throw UsageError("CsvOptions::" + std::string(name) + " is " + std::to_string(bytes) +
                       ", expected at least 1 byte");
}

/// Does the work of read_csv() and stores the file's columns in `columns`.
Dataset read_file(const std::filesystem::path& path, const CsvOptions& options,
                  CsvColumns& columns) {
  check_limits(options);
  return detail::reading(path, [&] {
    return options.lazy ? detail::lazy_csv(path, options, columns)
                        : parse_file(path, options, columns);
  });
}

/// Throws DataError if a file has a column that the other lacks.
void check_same_columns(const std::filesystem::path& path, const std::vector<std::string>& names,
                        const std::filesystem::path& other,
                        const std::vector<std::string>& other_names) {
  const std::unordered_set<std::string_view> others(other_names.begin(), other_names.end());
  for (const std::string& name : names)
    if (!others.contains(name))
      throw DataError("'" + path.string() + "' has a column " + in_quotes(name) + ", but '" +
                      other.string() +
                      "' does not; give all files the same columns, or list those to read in "
                      "CsvOptions::fields");
}

}  // namespace

Dataset read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  CsvColumns columns;
  return read_file(path, options, columns);
}

Dataset read_csv_files(const std::vector<std::filesystem::path>& paths, const CsvOptions& options) {
  if (paths.empty()) throw UsageError("read_csv_files() needs at least one path");
  CsvColumns first;
  std::vector<Dataset> parts{read_file(paths[0], options, first)};
  CsvOptions by_name = options;  // columns may be in a different order
  by_name.fields = first.fields;
  if (by_name.label.empty()) by_name.label = first.label;
  for (std::size_t i = 1; i < paths.size(); ++i) {
    CsvColumns columns;
    parts.push_back(read_file(paths[i], by_name, columns));
    if (!options.fields.empty()) continue;
    check_same_columns(paths[i], columns.names, paths[0], first.names);
    check_same_columns(paths[0], first.names, paths[i], columns.names);
  }
  return concatenate(parts);
}

std::vector<std::string> csv_columns(const std::filesystem::path& path, const CsvOptions& options) {
  check_limits(options);
  return detail::reading(path, [&] { return detail::header_of_csv_file(path, options); });
}

Pipeline csv(const std::filesystem::path& path, const CsvOptions& options) {
  return Pipeline(read_csv(path, options));
}

}  // namespace foregraph::data
