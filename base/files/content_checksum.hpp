#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <foregraph/detail/base/files/named_tensor.hpp>

namespace foregraph {

/// CRC-32 (zlib) of the content of a file of tensors, independent of the formatting of its JSON:
/// the metadata in key order, then each tensor in data order: name, dtype, shape, bytes. Every text
/// is preceded by its length. Detects any single flipped bit, any damage within 32 consecutive
/// bits, and all but one in 2^32 of other damages; no protection against forgery.
class ContentChecksum {
 public:
  void add(std::span<const std::byte> bytes);
  void add(std::uint64_t number);
  void add(std::string_view text);
  /// Adds all metadata except the entry `except`.
  void add(const Metadata& metadata, std::string_view except);
  /// Adds the fields that precede a tensor's bytes; the caller then passes its `size` bytes to
  /// add().
  void begin_tensor(std::string_view name, std::string_view dtype,
                    std::span<const std::int64_t> shape, std::uint64_t size);
  void add_tensor(std::string_view name, std::string_view dtype,
                  std::span<const std::int64_t> shape, std::span<const std::byte> bytes);
  /// Returns the checksum in eight hexadecimal digits.
  [[nodiscard]] std::string text() const;

 private:
  std::uint32_t crc_ = 0;
};

}  // namespace foregraph
