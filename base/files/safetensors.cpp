#include <algorithm>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/content_checksum.hpp>
#include <foregraph/detail/base/files/reading.hpp>
#include <foregraph/detail/base/files/safetensors.hpp>
#include <foregraph/detail/base/files/safetensors_header.hpp>
#include <iterator>
#include <limits>
#include <mutex>
#include <numeric>
#include <utility>

namespace foregraph {
namespace {

struct FormatDtype {
  std::string_view name;
  std::uint64_t bits;
};
/// All dtypes of the format.
constexpr FormatDtype format_dtypes[] = {
    {"F32", 32},    {"F64", 64},    {"I32", 32},        {"I64", 64},        {"BOOL", 8},
    {"F16", 16},    {"BF16", 16},   {"U8", 8},          {"I8", 8},          {"I16", 16},
    {"U16", 16},    {"U32", 32},    {"U64", 64},        {"C64", 64},        {"F8_E4M3", 8},
    {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6},
    {"F6_E3M2", 6}, {"F4", 4}};
std::string shape_text(const auto& shape) {
  std::string text(1, '[');
  for (const auto dimension : shape) {
    if (text.size() > 1) text += ',';
    text += std::to_string(dimension);
  }
  return text + ']';
}

/// Returns the bytes of a tensor. Throws DataError if its shape is invalid.
std::uint64_t bytes_of(const HeaderEntry& entry, const FormatDtype& dtype,
                       const std::string& where) {
  // A zero would make any product fit, so the other dimensions are multiplied first.
  const bool is_empty = std::find(entry.shape.begin(), entry.shape.end(), 0U) != entry.shape.end();
  std::uint64_t bits = dtype.bits;
  bool fits = true;
  for (const std::uint64_t dimension : entry.shape) {
    fits = fits && dimension <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    if (dimension != 0) fits = fits && !__builtin_mul_overflow(bits, dimension, &bits);
  }
  if (!fits)
    throw DataError(where + ": the size of " + entry.dtype + shape_text(entry.shape) +
                    " does not fit in 64 bits");
  if (is_empty) return 0;
  if (bits % 8 != 0)
    throw DataError(where + ": " + entry.dtype + shape_text(entry.shape) + " has " +
                    std::to_string(bits) + " bits, expected a whole number of bytes");
  return bits / 8;
}

/// Offset and size of a file's data.
struct DataRange {
  std::int64_t first = 0;
  std::uint64_t size = 0;
};

StoredTensor checked_entry(HeaderEntry&& entry, const DataRange& data, const std::string& file) {
  const std::string where = file + ": header, tensor " + in_quotes(entry.name);
  const auto* const dtype = std::find_if(std::begin(format_dtypes), std::end(format_dtypes),
                                         [&](const auto& d) { return d.name == entry.dtype; });
  if (dtype == std::end(format_dtypes))
    throw DataError(where + ": its dtype is " + in_quotes(entry.dtype) +
                    ", which this version does not support");
  const std::uint64_t begin = entry.offsets[0];
  const std::uint64_t end = entry.offsets[1];
  const std::string offsets = "data_offsets " + shape_text(entry.offsets);
  if (end < begin || end > data.size)
    throw DataError(where + ": " + offsets + " are not a range within the " +
                    std::to_string(data.size) + " bytes of data; the file is truncated or damaged");
  if (const std::uint64_t bytes = bytes_of(entry, *dtype, where); bytes != end - begin)
    throw DataError(where + ": " + offsets + " hold " + std::to_string(end - begin) +
                    " bytes, but " + entry.dtype + shape_text(entry.shape) + " takes " +
                    std::to_string(bytes));
  return {std::move(entry.name), dtype->name,
          std::vector<std::int64_t>(entry.shape.begin(), entry.shape.end()),
          data.first + static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end - begin)};
}

/// Throws DataError unless the tensors cover the data one after the other.
void check_coverage(std::span<const StoredTensor> tensors, const DataRange& data,
                    const std::string& file) {
  std::int64_t next = data.first;
  for (const StoredTensor& t : tensors) {
    if (t.first != next)
      throw DataError(file + ": header, tensor " + in_quotes(t.name) + ": its data begins at " +
                      std::to_string(t.first - data.first) + ", but the preceding data ends at " +
                      std::to_string(next - data.first) + "; expected no " +
                      (t.first > next ? "holes" : "overlaps"));
    next += t.size_bytes;
  }
  if (static_cast<std::uint64_t>(next - data.first) != data.size)
    throw DataError(file + ": the tensors end at byte " + std::to_string(next - data.first) +
                    " of the data, but the file has " + std::to_string(data.size) +
                    "; expected nothing after them");
}

}  // namespace

std::string StoredTensor::type() const {
  return std::string(dtype) + shape_text(shape);
}

struct Safetensors::Loaded {
  std::mutex mutex;
  std::map<std::string, std::vector<double>, std::less<>> tensors;  ///< aligned for any dtype
};

Safetensors::Safetensors(std::filesystem::path path)
    : path_(std::move(path)),
      file_(detail::reading(path_, [&] { return std::make_shared<const InputFile>(path_); })),
      loaded_(std::make_shared<Loaded>()) {
  detail::reading(path_, [&] { read_header(); });
}

void Safetensors::read_header() {
  const std::string file = path_.string();
  const auto size = static_cast<std::uint64_t>(file_->size());
  if (size < 10)
    throw DataError(file + ": the file has " + std::to_string(size) +
                    " bytes, expected a safetensors file of at least 10; it is truncated");
  std::uint64_t length = 0;
  file_->read(0, std::as_writable_bytes(std::span(&length, 1)));
  if (length > most_header_bytes)
    throw DataError(file + ": the header's length is " + std::to_string(length) +
                    " bytes, expected at most " + std::to_string(most_header_bytes) +
                    "; this is not a safetensors file");
  if (length > size - sizeof length)
    throw DataError(file + ": the header's length is " + std::to_string(length) +
                    " bytes, but only " + std::to_string(size - sizeof length) +
                    " follow; the file is truncated");
  std::string text(static_cast<std::size_t>(length), '\0');
  file_->read(sizeof length, std::as_writable_bytes(std::span(text)));
  SafetensorsHeader header = parse_safetensors_header(text, file);
  const DataRange data{static_cast<std::int64_t>(sizeof length + length),
                       size - sizeof length - length};
  std::stable_sort(
      header.entries.begin(), header.entries.end(),
      [](const HeaderEntry& a, const HeaderEntry& b) { return a.offsets < b.offsets; });
  tensors_.reserve(header.entries.size());
  for (HeaderEntry& entry : header.entries)
    tensors_.push_back(checked_entry(std::move(entry), data, file));
  check_coverage(tensors_, data, file);

  by_name_.resize(tensors_.size());
  std::iota(by_name_.begin(), by_name_.end(), 0);
  const auto name_at = [&](std::int32_t i) -> const std::string& {
    return tensors_[static_cast<std::size_t>(i)].name;
  };
  std::sort(by_name_.begin(), by_name_.end(),
            [&](std::int32_t a, std::int32_t b) { return name_at(a) < name_at(b); });
  const auto twice =
      std::adjacent_find(by_name_.begin(), by_name_.end(),
                         [&](std::int32_t a, std::int32_t b) { return name_at(a) == name_at(b); });
  if (twice != by_name_.end())
    throw DataError(file + ": header, tensor " + in_quotes(name_at(*twice)) + ": it appears twice");
  metadata_ = std::move(header.metadata);
}

const StoredTensor* Safetensors::find(std::string_view name) const {
  const auto tensor_at = [&](std::int32_t i) -> const StoredTensor& {
    return tensors_[static_cast<std::size_t>(i)];
  };
  const auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [&](std::int32_t i, std::string_view n) { return tensor_at(i).name < n; });
  return found != by_name_.end() && tensor_at(*found).name == name ? &tensor_at(*found) : nullptr;
}

const StoredTensor& Safetensors::at(std::string_view name) const {
  if (const StoredTensor* const found = find(name)) return *found;
  std::string known;
  for (const StoredTensor& t : tensors_) {
    if (&t - tensors_.data() == 5) {
      known += " and " + std::to_string(tensors_.size() - 5) + " more";
      break;
    }
    known += (known.empty() ? "" : ", ") + in_quotes(t.name);
  }
  throw DataError(path_.string() + ": there is no tensor " + in_quotes(name) + "; the file has " +
                  (known.empty() ? "none" : known));
}

const StoredTensor& Safetensors::checked(std::string_view name, DType dtype) const {
  const StoredTensor& tensor = at(name);
  if (tensor.dtype != safetensors_dtype(dtype))
    throw DataError(path_.string() + ": tensor " + in_quotes(name) + " is " + tensor.type() +
                    ", expected " + std::string(safetensors_dtype(dtype)) + "; convert it first");
  return tensor;
}

void Safetensors::read(const StoredTensor& tensor, std::span<std::byte> to) const {
  file_->read(tensor.first, to);
  file_->check_unchanged();
  if (tensor.dtype != safetensors_dtype(boolean)) return;
  const auto odd = std::find_if(to.begin(), to.end(), [](std::byte b) { return b > std::byte{1}; });
  if (odd != to.end())
    throw DataError(path_.string() + ": tensor " + in_quotes(tensor.name) + ": element " +
                    std::to_string(odd - to.begin()) + " is " +
                    std::to_string(std::to_integer<int>(*odd)) + ", expected 0 or 1");
}

std::span<const std::byte> Safetensors::loaded(std::string_view name, DType dtype) const {
  const StoredTensor& tensor = checked(name, dtype);
  const auto bytes = static_cast<std::size_t>(tensor.size_bytes);
  const std::lock_guard lock(loaded_->mutex);
  auto found = loaded_->tensors.find(name);
  if (found == loaded_->tensors.end()) {
    std::vector<double> elements((bytes + sizeof(double) - 1) / sizeof(double));
    read(tensor, std::as_writable_bytes(std::span(elements)).first(bytes));
    found = loaded_->tensors.emplace(std::string(name), std::move(elements)).first;
  }
  return std::as_bytes(std::span(found->second)).first(bytes);
}

std::vector<std::byte> Safetensors::bytes(std::string_view name) const {
  const StoredTensor& tensor = at(name);
  std::vector<std::byte> result(static_cast<std::size_t>(tensor.size_bytes));
  file_->read(tensor.first, result);
  file_->check_unchanged();
  return result;
}

void Safetensors::copy_to(std::string_view name, DType dtype,
                          std::span<std::byte> destination) const {
  const StoredTensor& tensor = checked(name, dtype);
  if (static_cast<std::size_t>(tensor.size_bytes) != destination.size())
    throw DataError(path_.string() + ": tensor " + in_quotes(name) + " is " + tensor.type() +
                    ", which has " + std::to_string(tensor.size_bytes) + " bytes, expected " +
                    std::to_string(destination.size()));
  read(tensor, destination);
}

bool Safetensors::verify() const {
  const auto stored = metadata_.find(checksum_key);
  if (stored == metadata_.end()) return false;
  ContentChecksum sum;
  sum.add(metadata_, checksum_key);
  std::vector<std::byte> part(std::size_t{1} << 20);
  for (const StoredTensor& t : tensors_) {
    sum.begin_tensor(t.name, t.dtype, t.shape, static_cast<std::uint64_t>(t.size_bytes));
    for (std::int64_t done = 0; done < t.size_bytes;) {
      const auto count = std::min(t.size_bytes - done, static_cast<std::int64_t>(part.size()));
      const auto read = std::span(part).first(static_cast<std::size_t>(count));
      file_->read(t.first + done, read);
      sum.add(read);
      done += count;
    }
  }
  file_->check_unchanged();
  if (sum.text() != stored->second)
    throw DataError(path_.string() + ": the checksum of the contents is " + sum.text() + ", but " +
                    std::string(checksum_key) + " says " + in_quotes(stored->second) +
                    "; the file is damaged, or a program changed it without updating that key");
  return true;
}

std::string_view safetensors_dtype(DType dtype) {
  return format_dtypes[static_cast<std::size_t>(dtype)].name;  // our dtypes come first
}

}  // namespace foregraph
