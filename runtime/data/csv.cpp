#include <algorithm>
#include <cerrno>
#include <cstring>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/data/combine.hpp>
#include <foregraph/runtime/data/csv.hpp>
#include <foregraph/runtime/data/csv_layout.hpp>
#include <foregraph/runtime/data/csv_source.hpp>
#include <fstream>
#include <utility>

namespace foregraph {
namespace {

using detail::CsvCell;
using detail::CsvColumns;
using detail::CsvLayout;
using detail::CsvReader;

std::string content_of(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::error_code no_directory;
  if (!file || std::filesystem::is_directory(path, no_directory))
    throw DataError("cannot read '" + path.string() +
                    "': " + (errno != 0 ? std::strerror(errno) : "it is a directory") +
                    "; check the path and its permissions");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) throw DataError("cannot read '" + path.string() + "': " + std::strerror(errno));
  return text;
}

/// read_csv(), which also says in `columns` which there are.
Dataset read_file(const std::filesystem::path& path, const CsvOptions& options,
                  CsvColumns& columns) {
  if (options.lazy) return detail::lazy_csv(path, options, columns);
  const std::string text = content_of(path);
  CsvReader reader(path, text, options.delimiter);
  const CsvLayout layout(path, options, reader);
  columns = layout.columns();
  const std::vector<FieldSpec>& fields = layout.fields();
  std::vector<std::vector<std::byte>> values(fields.size());
  std::vector<std::vector<std::string>> texts(options.text.size());
  std::vector<std::byte*> row(fields.size());
  std::vector<CsvCell> cells;
  std::int64_t rows = 0;
  for (; reader.next(cells); ++rows) {
    layout.check_columns(cells, reader.line());
    for (std::size_t f = 0; f < fields.size(); ++f) {
      const auto bytes = static_cast<std::size_t>(fields[f].row_bytes());
      values[f].resize(values[f].size() + bytes);
      row[f] = values[f].data() + values[f].size() - bytes;
    }
    layout.parse(cells, reader.line(), row);
    layout.add_texts(cells, texts);
  }
  if (rows == 0) throw DataError(path.string() + ": the file has a header but no data rows");
  Dataset data;
  for (std::size_t f = 0; f < fields.size(); ++f)
    data.add({fields[f], rows, detail::own(std::move(values[f]))});
  for (std::size_t t = 0; t < texts.size(); ++t)
    data.add_text(options.text[t], std::move(texts[t]));
  return data;
}

/// Refuses a file with a column that the other has not.
void check_same_columns(const std::filesystem::path& path, const std::vector<std::string>& names,
                        const std::filesystem::path& other,
                        const std::vector<std::string>& other_names) {
  for (const std::string& name : names)
    if (std::ranges::find(other_names, name) == other_names.end())
      throw DataError("'" + path.string() + "' has a column '" + name + "', but '" +
                      other.string() +
                      "' has none; give all files the same columns, or name "
                      "those to take in CsvOptions::fields");
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
  CsvOptions by_name = options;  // columns may come in another order
  by_name.fields = first.fields;
  for (std::size_t i = 1; i < paths.size(); ++i) {
    CsvColumns columns;
    parts.push_back(read_file(paths[i], by_name, columns));
    if (!options.fields.empty()) continue;
    check_same_columns(paths[i], columns.names, paths[0], first.names);
    check_same_columns(paths[0], first.names, paths[i], columns.names);
  }
  return concatenate(parts);
}

Pipeline csv(const std::filesystem::path& path, const CsvOptions& options) {
  return Pipeline(read_csv(path, options));
}

}  // namespace foregraph
