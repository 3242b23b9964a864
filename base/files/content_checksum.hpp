#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <foregraph/detail/base/files/named_tensor.hpp>

namespace foregraph {

/// A CRC-32 (of zlib) over what a file of tensors says, however its JSON is written: the metadata
/// in the order of the keys, then each tensor in the order of the data: name, dtype, shape, bytes.
/// Every text is preceded by its length. It finds any one flipped bit, any damage within 32 bits in
/// a row, and all but one in 2^32 of other damages; it is no protection against forgery.
class ContentChecksum {
 public:
  void add(std::span<const std::byte> bytes);
  void add(std::uint64_t number);
  void add(std::string_view text);
  /// Without the entry `except`.
  void add(const Metadata& metadata, std::string_view except);
  /// What precedes the bytes of a tensor, `size` of them, which add() is then to be called with.
  void begin_tensor(std::string_view name, std::string_view dtype,
                    std::span<const std::int64_t> shape, std::uint64_t size);
  void add_tensor(std::string_view name, std::string_view dtype,
                  std::span<const std::int64_t> shape, std::span<const std::byte> bytes);
  /// In eight hexadecimal digits.
  [[nodiscard]] std::string text() const;

 private:
  std::uint32_t crc_ = 0;
};

}  // namespace foregraph
