#include <algorithm>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/data/record_source.hpp>
#include <foregraph/runtime/files/mapped_file.hpp>
#include <foregraph/runtime/files/reading.hpp>
#include <utility>

namespace foregraph::detail {
namespace {

[[noreturn]] void refuse_value(const RecordFile& file, const StoredField& field,
                               std::int64_t record, std::int64_t element, std::int64_t at) {
  const std::string value = value_text(field.stored, field.order, file.content.bytes.data() + at);
  std::string why;
  if (!field.allowed.empty())
    why = ", expected " + field.allowed + "; is the file of this format?";
  else if (field.spec.dtype == boolean || field.stored == StoredType::bool8)
    why = " is no truth value; expected 0 or 1; if these are numbers, read them as u8";
  else
    why = " is out of the range of " + std::string(name_of(field.spec.dtype)) +
          "; read the field as it is stored, as " + std::string(name_of(field.stored));
  throw DataError(file.name + ": sample " + std::to_string(record) + ", field '" + field.spec.name +
                  "', element " + std::to_string(element) + " (byte " + std::to_string(at) +
                  "): " + value + why);
}

}  // namespace

SharedBytes map_file(const std::filesystem::path& path) {
  auto file = reading(path, [&] { return std::make_shared<const MappedFile>(path); });
  const std::span<const std::byte> bytes = file->bytes();
  return {std::move(file), bytes};
}

SharedBytes own_bytes(std::vector<std::byte> bytes) {
  auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  const std::span<const std::byte> all = *owner;
  return {std::move(owner), all};
}

RecordSource::RecordSource(std::vector<RecordFile> files, std::vector<StoredField> fields,
                           std::int64_t record_bytes)
    : files_(std::move(files)), fields_(std::move(fields)), record_bytes_(record_bytes) {
  first_row_.push_back(0);
  for (const RecordFile& file : files_) {
    if (file.first < 0 || file.records < 0 || record_bytes_ < 1 ||
        file.records >
            (static_cast<std::int64_t>(file.content.bytes.size()) - file.first) / record_bytes_)
      throw InternalError(file.name + ": records beyond the end of the file");
    first_row_.push_back(first_row_.back() + file.records);
  }
  for (const StoredField& field : fields_) specs_.push_back(field.spec);
}

void RecordSource::read(std::int64_t row, std::span<std::byte* const> to) const {
  const auto after = std::upper_bound(first_row_.begin(), first_row_.end() - 1, row);
  const auto index = static_cast<std::size_t>(after - first_row_.begin()) - 1;
  const RecordFile& file = files_[index];
  const std::int64_t record = row - first_row_[index];
  const std::int64_t at = file.first + record * record_bytes_;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (to[i] == nullptr) continue;
    const StoredField& field = fields_[i];
    const std::int64_t elements = field.spec.row_elements();
    const std::byte* const from = file.content.bytes.data() + at + field.offset;
    const std::int64_t bad = field.convert(from, to[i], elements);
    if (bad >= 0)
      refuse_value(file, field, record, bad,
                   at + field.offset + bad * bytes_per_element(field.stored));
    if (field.divisor != 1) {
      auto* const values = reinterpret_cast<float*>(to[i]);
      for (std::int64_t e = 0; e < elements; ++e) values[e] /= field.divisor;
    }
  }
}

RowsInMemory RecordSource::in_memory(std::size_t index) const {
  const StoredField& field = fields_[index];
  const bool as_it_is = stored_as(field.spec.dtype) == field.stored && field.divisor == 1 &&
                        field.stored != StoredType::bool8 && field.order == ByteOrder::little;
  if (files_.size() != 1 || !as_it_is || files_[0].records == 0) return {};
  const std::byte* const first = files_[0].content.bytes.data() + files_[0].first + field.offset;
  const std::int64_t size = bytes_per_element(field.stored);
  if (reinterpret_cast<std::uintptr_t>(first) % static_cast<std::uintptr_t>(size) != 0 ||
      record_bytes_ % size != 0)
    return {};
  return {first, record_bytes_};
}

StoredField make_stored_field(const std::string& where, FieldSpec spec, StoredType stored,
                              std::optional<DType> as, ByteOrder order, std::string_view option) {
  const std::string type(name_of(stored));
  if (!as) as = same_dtype(stored);
  if (!as)
    throw DataError(where + ": it holds " + type +
                    ", which no tensor has; say what to read it as, " + "such as " +
                    std::string(option) + " = fg::f32 (all values of " + type +
                    " are exact in f32 and i32)");
  spec.dtype = *as;
  const RowConversion convert = conversion(stored, *as, order);
  if (convert == nullptr)
    throw DataError(where + ": it holds " + type + ", which is not read as " +
                    std::string(name_of(*as)) + "; leave " + std::string(option) +
                    " out, and convert it with Pipeline::convert()");
  return {std::move(spec), stored, order, 0, convert, 1, {}};
}

}  // namespace foregraph::detail
