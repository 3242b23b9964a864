#include <algorithm>
#include <array>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/gatherer.hpp>
#include <foregraph/detail/base/files/reading.hpp>
#include <foregraph/detail/data/formats/record_source.hpp>
#include <foregraph/detail/graph/checked_size.hpp>
#include <utility>

namespace foregraph::detail {
namespace {

/// Records up to this size are read whole; larger ones are read in chunks of this size.
constexpr std::int64_t chunk_bytes = 8192;
/// Smaller numbers of rows are read one by one.
constexpr std::size_t worth_gathering = 4;

[[noreturn]] void refuse_value(const RecordFile& file, const StoredField& field,
                               std::int64_t record, std::int64_t element, std::int64_t at,
                               const std::byte* stored) {
  const std::string value = data::value_text(field.stored, field.order, stored);
  std::string why;
  if (!field.allowed.empty())
    why = ", expected " + field.allowed + "; check that the file has this format";
  else if (field.spec.dtype == boolean || field.stored == data::StoredType::bool8)
    why = " is not a boolean, expected 0 or 1; if these are numbers, read them as u8";
  else
    why = " is out of the range of " + std::string(name_of(field.spec.dtype)) +
          "; read the field in its stored type, " + std::string(name_of(field.stored));
  throw DataError(file.name + ": sample " + std::to_string(record) + ", field '" + field.spec.name +
                  "', element " + std::to_string(element) + " (byte " + std::to_string(at) +
                  "): " + value + why);
}

std::int64_t stored_bytes(const StoredField& field) {
  return field.spec.row_elements() * bytes_per_element(field.stored);
}

bool is_copied(const StoredField& field) {
  return data::stored_as(field.spec.dtype) == field.stored && field.divisor == 1 &&
         field.stored != data::StoredType::bool8 && field.order == data::ByteOrder::little;
}

/// Checks each file once while reading some rows, unless there are too many files.
class ChangeCheck {
 public:
  void operator()(const InputFile* file, std::size_t index) {
    const InputFile*& last = last_[index % last_.size()];
    if (last == file) return;
    file->check_unchanged();
    last = file;
  }

 private:
  std::array<const InputFile*, 64> last_{};
};

}  // namespace

void SharedBytes::read(std::int64_t at, std::span<std::byte> to) const {
  if (file) return file->read(first + at, to);
  if (!to.empty()) std::memcpy(to.data(), data() + at, to.size());
}

SharedBytes open_file(const std::filesystem::path& path) {
  auto file = reading(path, [&] { return std::make_shared<const InputFile>(path); });
  const std::int64_t size = file->size();
  return {std::move(file), nullptr, 0, size};
}

SharedBytes own_bytes(std::vector<std::byte> bytes) {
  const auto size = static_cast<std::int64_t>(bytes.size());
  return {nullptr, std::make_shared<const std::vector<std::byte>>(std::move(bytes)), 0, size};
}

RecordSource::RecordSource(std::vector<RecordFile> files, std::vector<StoredField> fields,
                           std::int64_t record_bytes)
    : files_(std::move(files)), fields_(std::move(fields)), record_bytes_(record_bytes) {
  CheckedSize rows;
  first_row_.push_back(0);
  for (const RecordFile& file : files_) {
    if (file.first < 0 || file.records < 0 || record_bytes_ < 1 ||
        file.records > (file.content.size - file.first) / record_bytes_)
      throw InternalError(file.name + ": records beyond the end of the file");
    rows += file.records;
    first_row_.push_back(rows.value());
  }
  if (!rows.fits())
    throw DataError("the " + std::to_string(files_.size()) +
                    " files have 2^63 records or more in total");
  for (const StoredField& field : fields_) specs_.push_back(field.spec);
}

RecordSource::Place RecordSource::place_of(std::int64_t row) const {
  const auto after = std::upper_bound(first_row_.begin(), first_row_.end() - 1, row);
  const auto file = static_cast<std::size_t>(after - first_row_.begin()) - 1;
  const std::int64_t record = row - first_row_[file];
  return {file, record, files_[file].first + record * record_bytes_};
}

RecordSource::Extent RecordSource::extent_of(std::span<std::byte* const> to) const {
  std::int64_t first = record_bytes_;
  std::int64_t end = 0;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (to[i] == nullptr) continue;
    first = std::min(first, fields_[i].offset);
    end = std::max(end, fields_[i].offset + stored_bytes(fields_[i]));
  }
  return {first, std::max<std::int64_t>(0, end - first)};
}

void RecordSource::convert(const Place& place, const StoredField& field, std::int64_t first_element,
                           std::int64_t elements, const std::byte* from, std::byte* to) const {
  const std::int64_t size = bytes_per_element(field.stored);
  if (const std::int64_t bad = field.convert(from, to, elements); bad >= 0)
    refuse_value(files_[place.file], field, place.record, first_element + bad,
                 place.at + field.offset + (first_element + bad) * size, from + bad * size);
  if (field.divisor == 1) return;
  auto* const values = reinterpret_cast<float*>(to);
  for (std::int64_t e = 0; e < elements; ++e) values[e] /= field.divisor;
}

void RecordSource::write_fields(const Place& place, const Extent& extent, const std::byte* bytes,
                                std::span<std::byte* const> to) const {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (to[i] != nullptr)
      convert(place, fields_[i], 0, fields_[i].spec.row_elements(),
              bytes + fields_[i].offset - extent.first, to[i]);
}

void RecordSource::read_field(const Place& place, const StoredField& field, std::byte* to) const {
  const SharedBytes& content = files_[place.file].content;
  const std::int64_t first = place.at + field.offset;
  if (is_copied(field))
    return content.read(first, {to, static_cast<std::size_t>(stored_bytes(field))});
  alignas(8) std::array<std::byte, static_cast<std::size_t>(chunk_bytes)> chunk;
  const std::int64_t size = bytes_per_element(field.stored);
  const std::int64_t all = field.spec.row_elements();
  for (std::int64_t done = 0; done < all;) {
    const std::int64_t count = std::min(all - done, chunk_bytes / size);
    content.read(first + done * size, {chunk.data(), static_cast<std::size_t>(count * size)});
    convert(place, field, done, count, chunk.data(),
            to + done * bytes_per_element(field.spec.dtype));
    done += count;
  }
}

void RecordSource::read(std::int64_t row, std::span<std::byte* const> to) const {
  const Place place = place_of(row);
  const SharedBytes& content = files_[place.file].content;
  const Extent extent = extent_of(to);
  if (const std::byte* const bytes = content.data(); bytes != nullptr) {
    write_fields(place, extent, bytes + place.at + extent.first, to);
    return;
  }
  if (extent.bytes <= chunk_bytes) {
    alignas(8) std::array<std::byte, static_cast<std::size_t>(chunk_bytes)> chunk;
    content.read(place.at + extent.first, {chunk.data(), static_cast<std::size_t>(extent.bytes)});
    content.file->check_unchanged();
    write_fields(place, extent, chunk.data(), to);
    return;
  }
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (to[i] != nullptr) read_field(place, fields_[i], to[i]);
  content.file->check_unchanged();
}

void RecordSource::advance(std::span<std::byte*> to) const {
  for (std::size_t i = 0; i < to.size(); ++i)
    if (to[i] != nullptr) to[i] += fields_[i].spec.row_bytes();
}

void RecordSource::read_rows(std::span<const std::int64_t> rows, std::span<std::byte*> to) const {
  const Extent extent = extent_of(to);
  const bool gathers =
      bytes_per_reader() > 0 && extent.bytes <= chunk_bytes && rows.size() >= worth_gathering;
  if (!gathers || extent.bytes < 1) return data::Source::read_rows(rows, to);
  const auto most = std::min<std::size_t>(
      Gatherer::most_pieces, static_cast<std::size_t>(Gatherer::capacity / extent.bytes));
  std::array<FilePiece, Gatherer::most_pieces> pieces;
  std::array<Place, Gatherer::most_pieces> places;
  ChangeCheck check;
  for (std::size_t first = 0; first < rows.size(); first += most) {
    const std::size_t count = std::min(most, rows.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      places[i] = place_of(rows[first + i]);
      const SharedBytes& content = files_[places[i].file].content;
      pieces[i] = {content.file.get(), content.first + places[i].at + extent.first, extent.bytes};
    }
    const std::byte* bytes = Gatherer::of_this_thread().gather({pieces.data(), count}).data();
    for (std::size_t i = 0; i < count; ++i) check(pieces[i].file, places[i].file);
    for (std::size_t i = 0; i < count; ++i, bytes += extent.bytes) {
      write_fields(places[i], extent, bytes, to);
      advance(to);
    }
  }
}

std::int64_t RecordSource::bytes_per_reader() const {
  const bool all_in_files = std::ranges::all_of(
      files_, [](const RecordFile& file) { return file.content.file != nullptr; });
  return all_in_files ? Gatherer::capacity : 0;
}

data::RowsInMemory RecordSource::in_memory(std::size_t index) const {
  const StoredField& field = fields_[index];
  if (files_.size() != 1 || !is_copied(field) || files_[0].records == 0) return {};
  if (files_[0].content.data() == nullptr) return {};
  const std::byte* const first = files_[0].content.data() + files_[0].first + field.offset;
  const std::int64_t size = bytes_per_element(field.stored);
  if (reinterpret_cast<std::uintptr_t>(first) % static_cast<std::uintptr_t>(size) != 0 ||
      record_bytes_ % size != 0)
    return {};
  return {first, record_bytes_};
}

StoredField make_stored_field(const std::string& where, data::FieldSpec spec,
                              data::StoredType stored, std::optional<DType> as,
                              data::ByteOrder order, std::string_view option) {
  const std::string type(name_of(stored));
  if (!as) as = same_dtype(stored);
  if (!as)
    throw DataError(where + ": it holds " + type +
                    ", which no tensor has; choose the type to read it as, such as " +
                    std::string(option) + " = fg::f32 (all values of " + type +
                    " are exact in f32 and i32)");
  spec.dtype = *as;
  const data::RowConversion convert = data::conversion(stored, *as, order);
  if (convert == nullptr)
    throw DataError(where + ": it holds " + type + ", which cannot be read as " +
                    std::string(name_of(*as)) + "; leave out " + std::string(option) +
                    ", and convert it with Pipeline::convert()");
  return {std::move(spec), stored, order, 0, convert, 1, {}};
}

}  // namespace foregraph::detail
