#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/formats/record_source.hpp>
#include <foregraph/detail/data/formats/records.hpp>
#include <utility>

namespace foregraph::data {
namespace {

/// Returns the fields with their offsets, and the size of a record in bytes.
std::pair<std::vector<detail::StoredField>, std::int64_t> layout(const RecordOptions& options) {
  if (options.fields.empty())
    throw UsageError("RecordOptions::fields is empty, expected at least one field");
  if (options.record_bytes < 0 || options.header_bytes < 0)
    throw UsageError("RecordOptions: record_bytes is " + std::to_string(options.record_bytes) +
                     " and header_bytes is " + std::to_string(options.header_bytes) +
                     ", expected 0 or more for both");
  std::vector<detail::StoredField> fields;
  std::int64_t next = 0;
  std::int64_t end = 0;
  for (const RecordField& field : options.fields) {
    const std::string where = "RecordOptions::fields: field '" + field.name + "'";
    if (field.offset < -1)
      throw UsageError(where + " is at offset " + std::to_string(field.offset) +
                       ", expected bytes from the start of the record, or -1");
    const StoredType stored = field.stored.value_or(stored_as(field.dtype));
    std::int64_t bytes = bytes_per_element(stored);
    for (const std::int64_t size : field.row_shape)
      if (size < 1 || __builtin_mul_overflow(bytes, size, &bytes))
        throw UsageError(where + ": a dimension of its row shape is " + std::to_string(size) +
                         ", expected positive sizes that fit in memory");
    const std::int64_t offset = field.offset < 0 ? next : field.offset;
    if (__builtin_add_overflow(offset, bytes, &next))
      throw UsageError(where + " does not fit in memory at offset " + std::to_string(offset));
    if (options.record_bytes > 0 && next > options.record_bytes)
      throw UsageError(where + " ends at byte " + std::to_string(next) + " of a record of " +
                       std::to_string(options.record_bytes) +
                       "; check its offset, row shape and RecordOptions::record_bytes");
    const RowConversion convert = conversion(stored, field.dtype, ByteOrder::little);
    if (convert == nullptr)
      throw UsageError(where + ": " + std::string(name_of(stored)) + " cannot be read as " +
                       std::string(name_of(field.dtype)) +
                       "; read it in its stored type, and convert it with Pipeline::convert()");
    fields.push_back({{field.name, field.dtype, field.row_shape},
                      stored,
                      ByteOrder::little,
                      offset,
                      convert,
                      1,
                      {}});
    end = std::max(end, next);
  }
  return {std::move(fields), options.record_bytes > 0 ? options.record_bytes : end};
}

}  // namespace

Dataset read_records(const FilePaths& paths, const RecordOptions& options) {
  if (paths.all().empty()) throw UsageError("read_records got no files, expected at least one");
  auto [fields, record_bytes] = layout(options);
  std::vector<detail::RecordFile> files;
  for (const std::filesystem::path& path : paths.all()) {
    detail::SharedBytes content = detail::open_file(path);
    const std::int64_t size = content.size;
    const std::int64_t body = size - options.header_bytes;
    if (body <= 0)
      throw DataError(path.string() + ": the file has " + std::to_string(size) +
                      " bytes, expected records of " + std::to_string(record_bytes) +
                      " after a header of " + std::to_string(options.header_bytes));
    if (body % record_bytes != 0)
      throw DataError(path.string() + ": the file has " + std::to_string(body) +
                      " bytes after the header of " + std::to_string(options.header_bytes) +
                      ", expected a multiple of " + std::to_string(record_bytes) + "; the last " +
                      std::to_string(body % record_bytes) +
                      " bytes are left over: the file is truncated, or RecordOptions is wrong");
    files.push_back({path.string(), std::move(content), options.header_bytes, body / record_bytes});
  }
  return Dataset(std::make_shared<const detail::RecordSource>(std::move(files), std::move(fields),
                                                              record_bytes));
}

Pipeline records(const FilePaths& paths, const RecordOptions& options) {
  return Pipeline(read_records(paths, options));
}

}  // namespace foregraph::data
