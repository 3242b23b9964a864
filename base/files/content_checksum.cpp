#include <zlib.h>

#include <bit>
#include <foregraph/detail/base/files/content_checksum.hpp>
#include <foregraph/detail/base/text.hpp>

namespace foregraph {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

void ContentChecksum::add(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;  // zlib restarts at a null pointer
  crc_ = static_cast<std::uint32_t>(
      ::crc32_z(crc_, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void ContentChecksum::add(std::uint64_t number) {
  add(std::as_bytes(std::span(&number, 1)));
}

void ContentChecksum::add(std::string_view text) {
  add(std::uint64_t{text.size()});
  add(std::as_bytes(std::span(text)));
}

void ContentChecksum::add(const Metadata& metadata, std::string_view except) {
  for (const auto& [key, value] : metadata) {
    if (key == except) continue;
    add(std::string_view(key));
    add(std::string_view(value));
  }
}

void ContentChecksum::begin_tensor(std::string_view name, std::string_view dtype,
                                   std::span<const std::int64_t> shape, std::uint64_t size) {
  add(name);
  add(dtype);
  add(std::uint64_t{shape.size()});
  for (const std::int64_t dimension : shape) add(static_cast<std::uint64_t>(dimension));
  add(size);
}

void ContentChecksum::add_tensor(std::string_view name, std::string_view dtype,
                                 std::span<const std::int64_t> shape,
                                 std::span<const std::byte> bytes) {
  begin_tensor(name, dtype, shape, bytes.size());
  add(bytes);
}

std::string ContentChecksum::text() const {
  return foregraph::text::hexadecimal(crc_, 8);
}

}  // namespace foregraph
