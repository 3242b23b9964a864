#pragma once

#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/formats/file_paths.hpp>
#include <foregraph/detail/data/formats/stored_type.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph {

/// A field of each record: `row_shape` values of `dtype`, little endian, row-major.
struct RecordField {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> row_shape = {};
  /// Bytes from the start of the record; -1 is directly after the field before.
  std::int64_t offset = -1;
  /// What the file holds, where that is not `dtype`: converted when it is read; see conversion().
  std::optional<StoredType> stored = {};
};

struct RecordOptions {
  std::vector<RecordField> fields = {};
  /// From one record to the next; 0 is up to the end of the last field.
  std::int64_t record_bytes = 0;
  /// Bytes before the first record of each file.
  std::int64_t header_bytes = 0;
};

/// Reads files of records of one size, one after another: they may be larger than memory, and
/// nothing is read before it is wanted. Several files are one data set, in their order. Bytes of
/// the record that are in no field are skipped.
///
/// Throws UsageError if there are no files or fields, an option is negative, a row shape is not
/// positive, a field ends beyond the record, or there is no conversion from its stored type;
/// FileError if a file cannot be read; DataError if a file is no whole number of records or has
/// none. Reading a sample throws DataError if a value cannot be had in the dtype asked for, a
/// boolean is not 0 or 1, or the file was cut short or rewritten since it was opened.
[[nodiscard]] Dataset read_records(const FilePaths& paths, const RecordOptions& options);

/// A pipeline over records: `fg::records("train.bin", {...}).shuffle(42).batch(128)`.
[[nodiscard]] Pipeline records(const FilePaths& paths, const RecordOptions& options);

}  // namespace foregraph
