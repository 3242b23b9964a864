#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace foregraph {

/// CRC-32C (Castagnoli; reflected polynomial 0x1EDC6F41) of some bytes, in the form that TFRecord
/// files have it: turned right by 15 bits, plus 0xA282EAD8, since the plain checksum of bytes that
/// hold checksums is a poor one.
[[nodiscard]] std::uint32_t masked_crc32c(std::string_view bytes);

/// A record of a TFRecord file: its length (64 bits), the checksum of that, the bytes, and their
/// checksum; numbers are little-endian.
[[nodiscard]] std::string tfrecord(std::string_view bytes);

}  // namespace foregraph
