#pragma once

#include <compare>
#include <cstdint>
#include <foregraph/detail/base/compiler.hpp>
#include <string>

#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// A number of bytes.
struct Bytes {
  std::int64_t count = 0;  ///< the number of bytes

  /// Compares numbers of bytes.
  friend constexpr auto operator<=>(const Bytes&, const Bytes&) = default;
  /// Returns the sum; the caller makes sure that it is below 2^63.
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
  /// Returns the difference, which may be negative.
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return {a.count - b.count}; }
};

/// Alignment of buffers, for full vector registers and whole cache lines.
inline constexpr std::int64_t alignment_bytes = 64;

/// Returns `bytes` rounded up to the alignment of buffers, 64 bytes.
[[nodiscard]] constexpr std::int64_t align_up(std::int64_t bytes) {
  return (bytes + alignment_bytes - 1) / alignment_bytes * alignment_bytes;
}

namespace literals {
constexpr Bytes operator""_B(unsigned long long n) {
  return {static_cast<std::int64_t>(n)};
}
constexpr Bytes operator""_KiB(unsigned long long n) {
  return {static_cast<std::int64_t>(n) << 10};
}
constexpr Bytes operator""_MiB(unsigned long long n) {
  return {static_cast<std::int64_t>(n) << 20};
}
constexpr Bytes operator""_GiB(unsigned long long n) {
  return {static_cast<std::int64_t>(n) << 30};
}
}  // namespace literals

/// Returns a text such as "1,792 B", "12.5 KiB" or "1.50 GiB".
[[nodiscard]] FOREGRAPH_EXPORT std::string to_string(Bytes bytes);

/// Returns `bytes` as to_string(), for a message that compares it with `other`. If the two differ
/// but have the same text, the text is exact: "32.0 MiB (33,554,496 B)".
[[nodiscard]] FOREGRAPH_EXPORT std::string to_string_beside(Bytes bytes, Bytes other);

}  // namespace foregraph
