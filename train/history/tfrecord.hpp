#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace foregraph {

/// Returns the CRC-32C (Castagnoli; reflected polynomial 0x1EDC6F41) in the masked form that
/// TFRecord files use: rotated right by 15 bits, plus 0xA282EAD8, because a plain CRC of bytes that
/// contain CRCs is weak.
[[nodiscard]] std::uint32_t masked_crc32c(std::string_view bytes);

/// Returns a record of a TFRecord file: length (64 bits), checksum of the length, the bytes, and
/// their checksum; numbers are little-endian.
[[nodiscard]] std::string tfrecord(std::string_view bytes);

}  // namespace foregraph
