#include <array>
#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/text.hpp>

namespace foregraph {
/// Returns the exact number below 10,000 bytes; above, three rounded digits in the matching unit.
std::string to_string(Bytes bytes) {
  const bool negative = bytes.count < 0;
  const auto size = static_cast<std::uint64_t>(bytes.count);
  const std::uint64_t magnitude = negative ? 0 - size : size;
  const std::string sign = negative ? "-" : "";
  if (magnitude < 10'000)
    return sign + with_separators(static_cast<std::int64_t>(magnitude)) + " B";

  constexpr std::array<const char*, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  const text::Scaled scaled =
      text::scaled(static_cast<double>(magnitude) / 1024, 1024, units.size() - 1);
  return sign + scaled.digits + ' ' + units[scaled.power];
}

std::string to_string_beside(Bytes bytes, Bytes other) {
  const std::string rounded = to_string(bytes);
  if (bytes == other || rounded != to_string(other)) return rounded;
  return rounded + " (" + with_separators(bytes.count) + " B)";
}

}  // namespace foregraph
