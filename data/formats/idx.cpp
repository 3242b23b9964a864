// The IDX format, described at http://yann.lecun.com/exdb/mnist/: two zero bytes, one byte for the
// type, one for the number of dimensions, the sizes as big-endian 32-bit numbers, then the values.
#include <algorithm>
#include <array>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/reading.hpp>
#include <foregraph/detail/data/formats/idx.hpp>
#include <foregraph/detail/data/formats/record_source.hpp>
#include <foregraph/detail/data/formats/unpack.hpp>
#include <limits>
#include <utility>

namespace foregraph::data {
namespace {

struct IdxFile {
  StoredType type = StoredType::uint8;
  std::vector<std::int64_t> shape;
  detail::SharedBytes content;
  std::int64_t first = 0;  ///< offset of the first value
};

std::string text_of(const std::vector<std::int64_t>& shape) {
  std::string text = "{";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "}";
}

std::optional<StoredType> type_of(int code) {
  switch (code) {
    case 0x08:
      return StoredType::uint8;
    case 0x09:
      return StoredType::int8;
    case 0x0b:
      return StoredType::int16;
    case 0x0c:
      return StoredType::int32;
    case 0x0d:
      return StoredType::float32;
    case 0x0e:
      return StoredType::float64;
    default:
      return std::nullopt;
  }
}

/// Reads the header with `take`, which returns the next bytes; returns the size of the values in
/// bytes.
template <class Take>
std::int64_t read_header(const std::string& path, IdxFile& file, const Take& take) {
  const auto next = [&](std::int64_t count, const char* what) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(count));
    if (take(std::span(bytes)) != count)
      throw DataError(path + ": the file ends inside its header, before its " + what +
                      "; expected an IDX file");
    return bytes;
  };
  const auto magic = next(4, "type and number of dimensions");
  const auto number = [](std::byte value) { return std::to_integer<int>(value); };
  const std::optional<StoredType> type = type_of(number(magic[2]));
  if (number(magic[0]) != 0 || number(magic[1]) != 0 || !type)
    throw DataError(path + ": its first bytes are " + std::to_string(number(magic[0])) + ", " +
                    std::to_string(number(magic[1])) + ", " + std::to_string(number(magic[2])) +
                    ", expected 0, 0 and a type (8, 9, 11, 12, 13 or 14); this is not an IDX file");
  const int dimensions = number(magic[3]);
  if (dimensions == 0)
    throw DataError(path +
                    ": byte 3: it has no dimensions, expected the number of samples as the first");
  file.type = *type;
  file.first = 4 + 4 * dimensions;
  std::int64_t bytes = bytes_per_element(*type);
  const auto sizes = next(4 * dimensions, "sizes");
  for (int d = 0; d < dimensions; ++d) {
    std::int64_t size = 0;
    for (int i = 0; i < 4; ++i)
      size = size << 8 | std::to_integer<std::int64_t>(sizes[static_cast<std::size_t>(4 * d + i)]);
    if (size == 0 || __builtin_mul_overflow(bytes, size, &bytes))
      throw DataError(path + ": byte " + std::to_string(4 + 4 * d) + ": size " +
                      std::to_string(size) + " of dimension " + std::to_string(d) +
                      (size == 0 ? ", expected at least 1" : " does not fit in memory"));
    file.shape.push_back(size);
  }
  if (bytes > std::numeric_limits<std::int64_t>::max() - file.first)
    throw DataError(path + ": an array of shape " + text_of(file.shape) +
                    " does not fit in memory");
  return bytes;
}

[[noreturn]] void refuse_size(const std::string& path, const IdxFile& file, std::int64_t expected,
                              const std::string& got) {
  throw DataError(path + ": there are " + got + " bytes of values after the header, expected " +
                  std::to_string(expected) + " for shape " + text_of(file.shape) + " of " +
                  std::string(name_of(file.type)) + "; download or copy the file again");
}

IdxFile read_idx_file(const std::filesystem::path& path) {
  IdxFile file;
  file.content = detail::open_file(path);
  const std::int64_t size = file.content.size;
  std::array<std::byte, 2> start{};
  file.content.read(
      0, std::span(start).first(static_cast<std::size_t>(std::min<std::int64_t>(size, 2))));
  if (!detail::is_gzip(start)) {
    std::int64_t at = 0;
    const std::int64_t expected =
        read_header(path.string(), file, [&](std::span<std::byte> to) -> std::int64_t {
          const auto count = std::min(static_cast<std::int64_t>(to.size()), size - at);
          file.content.read(at, to.first(static_cast<std::size_t>(count)));
          at += count;
          return count;
        });
    if (size - file.first != expected)
      refuse_size(path.string(), file, expected, std::to_string(size - file.first));
    return file;
  }
  detail::GzipReader reader(path);
  const std::int64_t expected =
      read_header(path.string(), file, [&](std::span<std::byte> to) { return reader.read(to); });
  if (expected / detail::most_inflated > size)
    refuse_size(path.string(), file, expected,
                "at most " + std::to_string(size * detail::most_inflated));
  std::vector<std::byte> values = detail::unpacked(
      static_cast<std::size_t>(expected), [&](std::span<std::byte> to) { return reader.read(to); });
  const auto got = static_cast<std::int64_t>(values.size());
  if (got != expected) refuse_size(path.string(), file, expected, std::to_string(got));
  std::byte more{};
  if (reader.read({&more, 1}) != 0)
    refuse_size(path.string(), file, expected, "more than " + std::to_string(expected));
  file.content = detail::own_bytes(std::move(values));
  file.first = 0;
  return file;
}

IdxFile open_idx(const std::filesystem::path& path) {
  return detail::reading(path, [&] { return read_idx_file(path); });
}

std::shared_ptr<const Source> make_field(const std::string& path, IdxFile file,
                                         detail::StoredField field) {
  const std::int64_t record_bytes = field.spec.row_elements() * bytes_per_element(file.type);
  std::vector<detail::RecordFile> files;
  files.push_back({path, std::move(file.content), file.first, file.shape[0]});
  return std::make_shared<const detail::RecordSource>(std::move(files),
                                                      std::vector{std::move(field)}, record_bytes);
}

void expect_bytes(const std::filesystem::path& path, const IdxFile& file, const char* what,
                  const char* shape, bool right_dimensions) {
  if (file.type == StoredType::uint8 && right_dimensions) return;
  throw DataError(path.string() + ": it holds " + std::string(name_of(file.type)) + " of shape " +
                  text_of(file.shape) + ", expected " + what + " as u8 of shape " + shape +
                  "; check the order of images and labels; for other arrays use read_idx_array()");
}

}  // namespace

Dataset read_idx(const std::filesystem::path& images, const std::filesystem::path& labels,
                 const IdxOptions& options) {
  if (!(options.divisor > 0) || !std::isfinite(options.divisor))
    throw UsageError("IdxOptions::divisor is " + std::to_string(options.divisor) +
                     ", expected a positive number, such as 255 or 1");
  IdxFile x = open_idx(images);
  expect_bytes(images, x, "images", "{images, rows, columns}", x.shape.size() >= 3);
  IdxFile y = open_idx(labels);
  expect_bytes(labels, y, "labels", "{labels}", y.shape.size() == 1);
  if (x.shape[0] != y.shape[0])
    throw DataError(labels.string() + ": it has " + std::to_string(y.shape[0]) + " labels, but " +
                    images.string() + " has " + std::to_string(x.shape[0]) +
                    " images; give two files of the same data set");
  std::vector<std::int64_t> row_shape(std::max<std::size_t>(x.shape.size() - 1, 3), 1);
  std::copy(x.shape.begin() + 1, x.shape.end(), row_shape.begin());
  detail::StoredField image =
      detail::make_stored_field(images.string(), {options.images, f32, std::move(row_shape)},
                                x.type, f32, ByteOrder::big, "");
  image.divisor = options.divisor;
  detail::StoredField label = detail::make_stored_field(labels.string(), {options.labels, i32, {}},
                                                        y.type, i32, ByteOrder::big, "");
  return Dataset(make_field(images.string(), std::move(x), std::move(image)))
      .add(make_field(labels.string(), std::move(y), std::move(label)));
}

Pipeline idx(const std::filesystem::path& images, const std::filesystem::path& labels,
             const IdxOptions& options) {
  return Pipeline(read_idx(images, labels, options));
}

Dataset read_idx_array(const std::filesystem::path& path, const IdxArrayOptions& options) {
  IdxFile file = open_idx(path);
  detail::StoredField field = detail::make_stored_field(
      path.string(),
      {options.name, f32, std::vector<std::int64_t>(file.shape.begin() + 1, file.shape.end())},
      file.type, options.as, ByteOrder::big, "IdxArrayOptions::as");
  return Dataset(make_field(path.string(), std::move(file), std::move(field)));
}

}  // namespace foregraph::data
