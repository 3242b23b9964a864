#pragma once

#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/formats/file_paths.hpp>
#include <foregraph/detail/data/formats/stored_type.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::data {

/// A field of each record: `row_shape` values of `dtype`, little endian and row-major.
struct RecordField {
  std::string name;                          ///< name of the field
  DType dtype = DType::f32;                  ///< type of the field's elements
  std::vector<std::int64_t> row_shape = {};  ///< sizes of one row; {} for one value
  /// Bytes from the start of the record; -1 places it directly after the previous field.
  std::int64_t offset = -1;
  /// Type in the file, if not `dtype`; converted when read, see conversion().
  std::optional<StoredType> stored = {};
};

/// How to read files of records.
struct RecordOptions {
  std::vector<RecordField> fields = {};  ///< the fields of a record, in any order
  /// Distance between records; 0 means up to the end of the last field.
  std::int64_t record_bytes = 0;
  /// Bytes before the first record of each file.
  std::int64_t header_bytes = 0;
};

/// Reads files of fixed-size records on demand; they may be larger than memory. Several files form
/// one data set, in the given order. Bytes of a record that belong to no field are skipped.
///
/// Throws UsageError if there are no files or fields, an option is negative, a row shape is not
/// positive, a field ends beyond the record, or its stored type cannot be converted; FileError if a
/// file cannot be read; DataError if a file is not a whole number of records or has none. Reading a
/// sample throws DataError if a value does not fit the requested dtype, a boolean is not 0 or 1, or
/// the file has been truncated or rewritten since it was opened.
[[nodiscard]] FOREGRAPH_EXPORT Dataset read_records(const FilePaths& paths,
                                                    const RecordOptions& options);

/// Returns a pipeline over records: `fg::data::records("train.bin", {...}).shuffle(42).batch(128)`.
[[nodiscard]] FOREGRAPH_EXPORT Pipeline records(const FilePaths& paths,
                                                const RecordOptions& options);

}  // namespace foregraph::data
