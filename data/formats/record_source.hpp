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

/// Bytes of a file that is open, or of memory: what was unpacked. Copies are cheap.
struct SharedBytes {
  std::shared_ptr<const InputFile> file;
  std::shared_ptr<const std::vector<std::byte>> memory;  ///< if there is no file
  std::int64_t first = 0;                                ///< byte of the file or memory
  std::int64_t size = 0;

  /// Copies the bytes from `at` on; see InputFile::read().
  void read(std::int64_t at, std::span<std::byte> to) const;
  /// The first byte, or null for a file.
  [[nodiscard]] const std::byte* data() const { return file ? nullptr : memory->data() + first; }
};

/// Throws FileError if the file cannot be read.
SharedBytes open_file(const std::filesystem::path& path);
SharedBytes own_bytes(std::vector<std::byte> bytes);

/// Records of equal size, one after another from byte `first` on. It is checked that they are
/// there.
struct RecordFile {
  std::string name;  ///< for messages: the path, and what of it
  SharedBytes content;
  std::int64_t first = 0;
  std::int64_t records = 0;
};

/// Where a field is in each record, and how it becomes what `spec` says.
struct StoredField {
  FieldSpec spec;
  StoredType stored = StoredType::float32;
  ByteOrder order = ByteOrder::little;
  std::int64_t offset = 0;
  RowConversion convert = nullptr;
  float divisor = 1;         ///< of f32, after the conversion
  std::string allowed = {};  ///< what a value has to be, for messages, if not what the dtype says
};

/// What all readers of binary files come down to: records in memory or in files, of which a field
/// is copied or converted when it is read. A field is had without read() if it lies in memory,
/// there is one file, its values need no conversion nor check, and all of them are aligned.
class RecordSource final : public Source {
 public:
  RecordSource(std::vector<RecordFile> files, std::vector<StoredField> fields,
               std::int64_t record_bytes);
  [[nodiscard]] std::span<const FieldSpec> fields() const override { return specs_; }
  [[nodiscard]] std::int64_t size() const override { return first_row_.back(); }
  /// Finds the file in O(log files). Throws DataError for a value that cannot be converted, and if
  /// the file was cut short or rewritten.
  void read(std::int64_t row, std::span<std::byte* const> to) const override;
  /// Small records are read many at a time.
  void read_rows(std::span<const std::int64_t> rows, std::span<std::byte*> to) const override;
  [[nodiscard]] std::int64_t bytes_per_reader() const override;
  [[nodiscard]] RowsInMemory in_memory(std::size_t field) const override;
  [[nodiscard]] std::int64_t first_row(std::size_t file) const { return first_row_[file]; }

 private:
  struct Place {
    std::size_t file = 0;
    std::int64_t record = 0;
    std::int64_t at = 0;  ///< its first byte
  };
  /// The bytes of a record with all fields that are wanted.
  struct Extent {
    std::int64_t first = 0;
    std::int64_t bytes = 0;
  };
  [[nodiscard]] Place place_of(std::int64_t row) const;
  [[nodiscard]] Extent extent_of(std::span<std::byte* const> to) const;
  /// Writes the wanted fields of a record, of which `extent` is at `bytes`.
  void write_fields(const Place& place, const Extent& extent, const std::byte* bytes,
                    std::span<std::byte* const> to) const;
  /// Reads a field piece by piece: for records that are large.
  void read_field(const Place& place, const StoredField& field, std::byte* to) const;
  void convert(const Place& place, const StoredField& field, std::int64_t first_element,
               std::int64_t elements, const std::byte* from, std::byte* to) const;
  void advance(std::span<std::byte*> to) const;

  std::vector<RecordFile> files_;
  std::vector<std::int64_t> first_row_;  ///< of each file, and the number of all
  std::vector<StoredField> fields_;
  std::vector<FieldSpec> specs_;
  std::int64_t record_bytes_;
};

/// The field `name` of rows of `row_shape` from `stored`, as `as` or, without it, as it is. Throws
/// DataError, with `where`, if there is no dtype for it or no conversion; `option` is what to set.
StoredField make_stored_field(const std::string& where, FieldSpec spec, StoredType stored,
                              std::optional<DType> as, ByteOrder order, std::string_view option);

}  // namespace foregraph::detail
