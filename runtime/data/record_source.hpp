#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <foregraph/runtime/data/source.hpp>
#include <foregraph/runtime/data/stored_type.hpp>

namespace foregraph::detail {

/// Bytes that stay as long as their owner: a mapped file, or what was unpacked into memory.
struct SharedBytes {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
};

/// Throws FileError if the file cannot be read.
SharedBytes map_file(const std::filesystem::path& path);
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

/// What all readers of binary files come down to: records in memory or in mapped files, of which a
/// field is taken where it lies or converted when it is read. A field is had without read() if
/// there is one file, its values need no conversion nor check, and all of them are aligned.
class RecordSource final : public Source {
 public:
  RecordSource(std::vector<RecordFile> files, std::vector<StoredField> fields,
               std::int64_t record_bytes);
  [[nodiscard]] std::span<const FieldSpec> fields() const override { return specs_; }
  [[nodiscard]] std::int64_t size() const override { return first_row_.back(); }
  /// Finds the file in O(log files). Throws DataError for a value that cannot be converted.
  void read(std::int64_t row, std::span<std::byte* const> to) const override;
  [[nodiscard]] RowsInMemory in_memory(std::size_t field) const override;
  [[nodiscard]] std::int64_t first_row(std::size_t file) const { return first_row_[file]; }

 private:
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
