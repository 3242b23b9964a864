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
using detail::CsvLayout;
using detail::CsvReader;

std::string read_file(const std::filesystem::path& path) {
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

}  // namespace

Dataset read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  if (options.lazy) return detail::lazy_csv(path, options);
  const std::string text = read_file(path);
  CsvReader reader(path, text, options.delimiter);
  const CsvLayout layout(path, options, reader);
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

Dataset read_csv_files(const std::vector<std::filesystem::path>& paths, const CsvOptions& options) {
  if (paths.empty()) throw UsageError("read_csv_files() needs at least one path");
  std::vector<Dataset> parts;
  for (const std::filesystem::path& path : paths) {
    parts.push_back(read_csv(path, options));
    try {
      if (parts.size() > 1) (void)concatenate({parts.front(), parts.back()});
    } catch (const DataError& error) {
      throw DataError("'" + path.string() + "' does not go with '" + paths[0].string() +
                      "': " + error.what());
    }
  }
  return concatenate(parts);
}

Pipeline csv(const std::filesystem::path& path, const CsvOptions& options) {
  return Pipeline(read_csv(path, options));
}

}  // namespace foregraph
