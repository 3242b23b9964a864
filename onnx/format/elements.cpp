#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/onnx/format/elements.hpp>
#include <foregraph/detail/onnx/format/wire_reader.hpp>
#include <limits>

namespace foregraph::onnx {
namespace {

float widened_half(std::uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const int mantissa = half & 1023;
  const float sign = (half & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 31)
    return mantissa != 0 ? std::numeric_limits<float>::quiet_NaN()
                         : sign * std::numeric_limits<float>::infinity();
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -24);
  return sign * std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
}
float widened_bfloat(std::uint16_t number) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(number) << 16);
}
float widened(ElementType type, std::uint16_t bits) {
  return type == ElementType::f16 ? widened_half(bits) : widened_bfloat(bits);
}

/// Bytes of an element in the file.
std::int64_t stored_size_of(ElementType type, DType dtype) {
  switch (type) {
    case ElementType::u8:
    case ElementType::i8:
      return 1;
    case ElementType::u16:
    case ElementType::i16:
    case ElementType::f16:
    case ElementType::bf16:
      return 2;
    case ElementType::u32:
      return 4;
    default:
      return bytes_per_element(dtype);
  }
}

template <class T>
void put(std::span<std::byte> to, std::size_t i, T value) {
  std::memcpy(to.data() + i * sizeof(T), &value, sizeof(T));
}

/// Writes element i, given as the bits of the file.
void put_widened(std::span<std::byte> to, std::size_t i, ElementType type, std::uint64_t bits) {
  switch (type) {
    case ElementType::f16:
    case ElementType::bf16:
      return put(to, i, widened(type, static_cast<std::uint16_t>(bits)));
    case ElementType::u8:
      return put(to, i, static_cast<std::int32_t>(static_cast<std::uint8_t>(bits)));
    case ElementType::i8:
      return put(to, i, static_cast<std::int32_t>(static_cast<std::int8_t>(bits)));
    case ElementType::u16:
      return put(to, i, static_cast<std::int32_t>(static_cast<std::uint16_t>(bits)));
    case ElementType::i16:
      return put(to, i, static_cast<std::int32_t>(static_cast<std::int16_t>(bits)));
    case ElementType::i32:
      return put(to, i, static_cast<std::int32_t>(bits));
    case ElementType::u32:
      return put(to, i, static_cast<std::int64_t>(static_cast<std::uint32_t>(bits)));
    case ElementType::boolean:
      return put(to, i, static_cast<unsigned char>(bits != 0));
    default:
      return put(to, i, static_cast<std::int64_t>(bits));
  }
}

}  // namespace

std::optional<DType> dtype_of_elements(ElementType type) {
  switch (type) {
    case ElementType::u8:
    case ElementType::i8:
    case ElementType::u16:
    case ElementType::i16:
      return DType::i32;
    case ElementType::u32:
    case ElementType::u64:
      return DType::i64;
    default:
      return dtype_for(type);
  }
}

std::shared_ptr<const ByteSource> open_external_data(const std::filesystem::path& model,
                                                     const std::string& location) {
  namespace fs = std::filesystem;
  const auto refuse = [&](const std::string& problem) {
    throw DataError(in_quotes(model.string()) + ": external data " + in_quotes(location) + ' ' +
                    problem +
                    ", expected a file in the model's folder. What to do: keep both files " +
                    "together, and do not use a model of somebody you do not trust");
  };
  const fs::path relative(location);
  if (location.find('\0') != std::string::npos) refuse("have a name with a zero byte");
  if (relative.is_absolute()) refuse("are named by an absolute path");
  fs::path path = model.parent_path();
  for (const fs::path& part : relative) {
    if (part == "..") refuse("lead out of the folder by '..'");
    path /= part;
    std::error_code error;
    if (fs::is_symlink(path, error))
      refuse("are behind the symbolic link " + in_quotes(path.string()));
  }
  return std::make_shared<const FileSource>(path);
}

ElementReader::ElementReader(const FileModel& model, const FileTensor& tensor)
    : tensor_(tensor), source_(model.source), ranges_(tensor.ranges), dtype_(DType::f32) {
  const std::optional<DType> dtype = dtype_of_elements(tensor.type);
  if (!dtype)
    fail("has elements of type " + name_of(tensor.type) + ", expected numbers or truth values");
  dtype_ = *dtype;
  stored_size_ = stored_size_of(tensor.type, dtype_);
  if (!tensor.location.empty()) {
    if (model.path.empty()) fail("has external data, but the model was not read from a file");
    source_ = open_external_data(model.path, tensor.location);
    Range& range = ranges_.front();
    if (range.size < 0) range.size = std::max<std::int64_t>(source_->size() - range.at, 0);
    if (range.at > source_->size() || range.size > source_->size() - range.at)
      fail("has external data of bytes [" + std::to_string(range.at) + ", " +
           std::to_string(range.at) + " + " + std::to_string(range.size) + "), but " +
           in_quotes(tensor.location) + " has " + std::to_string(source_->size()) + " bytes");
  }
  check_size();
}

void ElementReader::fail(const std::string& problem) const {
  throw DataError(in_quotes(source_ ? source_->name() : "") + ": tensor " +
                  in_quotes(tensor_.name) + ' ' + problem);
}

void ElementReader::check_size() {
  std::int64_t bytes = 0;
  for (const Range& range : ranges_) bytes += range.size;
  const std::int64_t elements = tensor_.elements();
  // A varint has one to ten bytes.
  const bool fits = tensor_.are_varints ? bytes >= elements && bytes / 10 <= elements
                                        : bytes == elements * stored_size_;
  if (!fits)
    fail("has " + std::to_string(bytes) + " bytes of elements, expected " +
         (tensor_.are_varints ? std::to_string(elements) + " numbers"
                              : std::to_string(elements * stored_size_)));
}

void ElementReader::read_stored(std::span<std::byte> to) {
  while (!to.empty()) {
    if (range_ == ranges_.size()) fail("has fewer elements than its dimensions say");
    const Range& range = ranges_[range_];
    const auto size = std::min(to.size(), static_cast<std::size_t>(range.size - at_));
    if (size > 0) source_->read(range.at + at_, to.first(size));
    to = to.subspan(size);
    at_ += static_cast<std::int64_t>(size);
    if (at_ == range.size) {
      ++range_;
      at_ = 0;
    }
  }
}

void ElementReader::read_varints(std::span<std::byte> to) {
  ReadWindow window(*source_);
  const auto size = static_cast<std::size_t>(bytes_per_element(dtype_));
  for (std::size_t i = 0; i < to.size() / size; ++i) {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      while (range_ < ranges_.size() && at_ == ranges_[range_].size) {
        ++range_;
        at_ = 0;
      }
      if (range_ == ranges_.size() || shift > 63)
        fail("has fewer elements than its dimensions say");
      const std::uint8_t byte = window.at(ranges_[range_].at + at_++);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if ((byte & 0x80U) == 0) break;
    }
    if (tensor_.type == ElementType::f32 || tensor_.type == ElementType::f64)
      fail("keeps numbers of type " + name_of(tensor_.type) + " where integers belong");
    put_widened(to, i, tensor_.type, value);
  }
}

void ElementReader::read(std::span<std::byte> elements) {
  if (tensor_.are_varints) return read_varints(elements);
  if (stored_size_ == bytes_per_element(dtype_)) {
    read_stored(elements);
    if (dtype_ == DType::boolean)
      for (std::byte& each : elements) each = std::byte{each != std::byte{0}};
    return;
  }
  std::array<std::byte, 1 << 13> stored{};
  const auto narrow = static_cast<std::size_t>(stored_size_);
  const auto wide = static_cast<std::size_t>(bytes_per_element(dtype_));
  while (!elements.empty()) {
    const std::size_t count = std::min(stored.size() / narrow, elements.size() / wide);
    read_stored(std::span(stored).first(count * narrow));
    for (std::size_t i = 0; i < count; ++i) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, stored.data() + i * narrow, narrow);
      put_widened(elements, i, tensor_.type, bits);
    }
    elements = elements.subspan(count * wide);
  }
}

std::vector<std::byte> read_elements(const FileModel& model, const FileTensor& tensor,
                                     std::int64_t most) {
  ElementReader reader(model, tensor);
  if (tensor.elements() > most)
    throw DataError("tensor " + in_quotes(tensor.name) + " has " +
                    std::to_string(tensor.elements()) + " elements, expected at most " +
                    std::to_string(most) + " where its values decide about shapes");
  std::vector<std::byte> elements(
      static_cast<std::size_t>(tensor.elements() * bytes_per_element(reader.dtype())));
  reader.read(elements);
  return elements;
}

}  // namespace foregraph::onnx
