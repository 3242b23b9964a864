#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/files/input_file.hpp>
#include <foregraph/detail/data/dataset/source.hpp>
#include <foregraph/detail/data/formats/stored_type.hpp>

namespace foregraph::detail {

/// Bytes of an open file, or unpacked bytes in memory. Cheap to copy.
struct SharedBytes {
  std::shared_ptr<const InputFile> file;
  std::shared_ptr<const std::vector<std::byte>> memory;  ///< used if there is no file
  std::int64_t first = 0;                                ///< offset in the file or memory
  std::int64_t size = 0;

  /// Copies the bytes starting at `at`; see InputFile::read().
  void read(std::int64_t at, std::span<std::byte> to) const;
  /// Returns the first byte, or null for a file.
  [[nodiscard]] const std::byte* data() const { return file ? nullptr : memory->data() + first; }
};

/// Opens a file. Throws FileError if it cannot be read.
SharedBytes open_file(const std::filesystem::path& path);
SharedBytes own_bytes(std::vector<std::byte> bytes);

/// Records of equal size, contiguous from byte `first` on. RecordSource checks that they exist.
struct RecordFile {
  std::string name;  ///< for messages: the path, and which part of it
  SharedBytes content;
  std::int64_t first = 0;
  std::int64_t records = 0;
};

/// A field's location in each record, and its conversion to `spec`.
struct StoredField {
  data::FieldSpec spec;
  data::StoredType stored = data::StoredType::float32;
  data::ByteOrder order = data::ByteOrder::little;
  std::int64_t offset = 0;
  data::RowConversion convert = nullptr;
  float divisor = 1;         ///< divides f32 values, after conversion
  std::string allowed = {};  ///< valid values, for messages, if narrower than the dtype
};

/// The basis of all readers of binary files: records in memory or in files, whose fields are copied
/// or converted when read. A field is accessible without read() if it is in memory in a single
/// file, its values need neither conversion nor checks, and all of them are aligned.
class RecordSource final : public data::Source {
 public:
  RecordSource(std::vector<RecordFile> files, std::vector<StoredField> fields,
               std::int64_t record_bytes);
  [[nodiscard]] std::span<const data::FieldSpec> fields() const override { return specs_; }
  [[nodiscard]] std::int64_t size() const override { return first_row_.back(); }
  /// Reads a record, finding its file in O(log files). Throws DataError for a value that cannot be
  /// converted, and if the file has been truncated or rewritten.
  void read(std::int64_t row, std::span<std::byte* const> to) const override;
  /// Reads small records many at a time.
  void read_rows(std::span<const std::int64_t> rows, std::span<std::byte*> to) const override;
  [[nodiscard]] std::int64_t bytes_per_reader() const override;
  [[nodiscard]] data::RowsInMemory in_memory(std::size_t field) const override;
  [[nodiscard]] std::int64_t first_row(std::size_t file) const { return first_row_[file]; }

 private:
  struct Place {
    std::size_t file = 0;
    std::int64_t record = 0;
    std::int64_t at = 0;  ///< offset of its first byte
  };
  /// The range of bytes of a record that covers all wanted fields.
  struct Extent {
    std::int64_t first = 0;
    std::int64_t bytes = 0;
  };
  [[nodiscard]] Place place_of(std::int64_t row) const;
  [[nodiscard]] Extent extent_of(std::span<std::byte* const> to) const;
  /// Writes the wanted fields of a record; `bytes` holds its `extent`.
  void write_fields(const Place& place, const Extent& extent, const std::byte* bytes,
                    std::span<std::byte* const> to) const;
  /// Reads a field in pieces, for large records.
  void read_field(const Place& place, const StoredField& field, std::byte* to) const;
  void convert(const Place& place, const StoredField& field, std::int64_t first_element,
               std::int64_t elements, const std::byte* from, std::byte* to) const;
  void advance(std::span<std::byte*> to) const;

  std::vector<RecordFile> files_;
  std::vector<std::int64_t> first_row_;  ///< of each file, then the total
  std::vector<StoredField> fields_;
  std::vector<data::FieldSpec> specs_;
  std::int64_t record_bytes_;
};

/// Returns the field of `spec` converted from `stored` to `as` or, if not set, to the equal dtype.
/// Throws DataError, with `where`, if there is no such dtype or conversion; the message names
/// `option` as the setting to change.
StoredField make_stored_field(const std::string& where, data::FieldSpec spec,
                              data::StoredType stored, std::optional<DType> as,
                              data::ByteOrder order, std::string_view option);

}  // namespace foregraph::detail
