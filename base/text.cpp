#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <foregraph/detail/base/text.hpp>

namespace foregraph {

std::string with_separators(std::int64_t number) {
  std::string text = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > first + 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string aligned_columns(const std::vector<std::vector<std::string>>& rows,
                            std::string_view alignment) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string blanks(widths[c] - row[c].size(), ' ');
      const bool left = alignment[std::min(c, alignment.size() - 1)] == 'l';
      line += (c > 0 ? "  " : "") + (left ? row[c] + blanks : blanks + row[c]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

namespace text {
namespace {

/// The largest double has 309 digits before the point.
using Buffer = std::array<char, 512>;

std::string formatted(double value, std::chars_format format, int precision) {
  Buffer buffer;
  const auto end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format, precision);
  return {buffer.data(), end.ptr};
}

}  // namespace

std::string significant(double value, int digits) {
  return formatted(value, std::chars_format::general, digits);
}

std::string fixed(double value, int decimals) {
  return formatted(value, std::chars_format::fixed, decimals);
}

Scaled scaled(double value, double base, std::size_t most_power) {
  Scaled result;
  for (; value >= base - 0.5 && result.power < most_power; ++result.power) value /= base;
  result.digits = fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
  return result;
}

std::string percent(double share, int decimals) {
  return fixed(100 * share, decimals) + " %";
}

std::string hexadecimal(std::uint64_t value, std::size_t digits) {
  std::array<char, 16> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, 16);
  std::string text(buffer.data(), end.ptr);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return text;
}

std::string number(double value) {
  const bool is_whole = value == std::floor(value) && std::abs(value) < 1e15;
  return is_whole ? with_separators(static_cast<std::int64_t>(value)) : significant(value, 4);
}

std::string counted(std::int64_t count, const std::string& noun) {
  if (count == 1) return "1 " + noun;
  const bool sibilant = noun.ends_with('s') || noun.ends_with("ch");
  return with_separators(count) + ' ' + noun + (sibilant ? "es" : "s");
}

}  // namespace text
}  // namespace foregraph
