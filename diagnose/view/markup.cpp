#include <cmath>
#include <cstdint>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/view/markup.hpp>

namespace foregraph::picture {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// Returns the length of the UTF-8 sequence at the front of `text`, by RFC 3629; 0 if there is
/// none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead < 0xE0   ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
  const bool too_large = lead == 0xF4 && byte(1) >= 0x90;
  const bool noncharacter = lead == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE;  // not in XML
  return overlong || surrogate || too_large || noncharacter ? 0 : length;
}

/// Passes each character of `text` to `append`, as valid UTF-8.
template <class Append>
void for_each_character(std::string_view text, Append&& append) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    append(length > 0 ? text.substr(0, length) : replacement);
    text.remove_prefix(length > 0 ? length : 1);
  }
}

double width_of(std::string_view character) {
  const char c = character[0];
  if (character.size() > 1) return 0.85;
  if (std::string_view("ijl.,:;'|!()[]/ ft1").find(c) != std::string_view::npos) return 0.4;
  if (std::string_view("mwMW%@").find(c) != std::string_view::npos) return 0.95;
  return c >= 'A' && c <= 'Z' ? 0.72 : 0.6;
}

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for_each_character(text, [&](std::string_view character) {
    const char c = character[0];
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else if (c == '\'') {
      escaped += "&#39;";
    } else if (character.size() == 1 && static_cast<unsigned char>(c) < 0x20) {
      escaped += c == '\t' || c == '\n' || c == '\r' ? std::string_view(" ") : replacement;
    } else {
      escaped += character;
    }
  });
  return escaped;
}

std::string json_string(std::string_view text) {
  std::string escaped = "\"";
  for_each_character(text, [&](std::string_view character) {
    const auto c = static_cast<unsigned char>(character[0]);
    if (c == '"' || c == '\\') {
      escaped += '\\';
      escaped += character;
    } else if (c < 0x20 || c == '<' || c == '>' || c == '&' || c == 0x7F) {
      escaped += "\\u" + text::hexadecimal(c, 4);
    } else {
      escaped += character;
    }
  });
  return escaped + '"';
}

std::string pixels(double value) {
  const auto tenths = static_cast<std::int64_t>(std::lround(value * 10));
  const std::int64_t magnitude = tenths < 0 ? -tenths : tenths;
  std::string text = tenths < 0 ? "-" : "";
  text += std::to_string(magnitude / 10);
  if (magnitude % 10 != 0) text += '.' + std::to_string(magnitude % 10);
  return text;
}

double text_width(std::string_view text, double size) {
  double width = 0;
  for_each_character(text, [&](std::string_view character) { width += width_of(character); });
  return width * size;
}

std::string shortened(std::string_view text, double size, double width) {
  if (text_width(text, size) <= width) return std::string(text);
  constexpr std::string_view ellipsis = "\xE2\x80\xA6";
  const double room = width - text_width(ellipsis, size);
  double used = 0;
  std::string kept;
  bool full = false;
  for_each_character(text, [&](std::string_view character) {
    used += width_of(character) * size;
    full |= used > room;
    if (!full) kept += character;
  });
  return kept.append(ellipsis);
}

}  // namespace foregraph::picture
