#include <array>
#include <cstdio>
#include <foregraph/base/bytes.hpp>

namespace foregraph {
namespace {

std::string with_separators(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

}  // namespace

/// Exact below 10,000 bytes; above in the unit that leaves three digits, which are rounded.
std::string to_string(Bytes bytes) {
  const bool negative = bytes.count < 0;
  const auto size = static_cast<std::uint64_t>(bytes.count);
  const std::uint64_t magnitude = negative ? 0 - size : size;
  const std::string sign = negative ? "-" : "";
  if (magnitude < 10'000) return sign + with_separators(magnitude) + " B";

  constexpr std::array<const char*, 6> units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(magnitude) / 1024;
  std::size_t unit = 0;
  for (; value >= 1023.5 && unit + 1 < units.size(); ++unit) value /= 1024;
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f %s", decimals, value, units[unit]);
  return sign + text.data();
}

}  // namespace foregraph
