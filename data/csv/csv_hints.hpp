#pragma once

// Internal: detects files that are not CSV, or CSV of a different kind than expected.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace foregraph::detail {

inline constexpr std::string_view utf8_mark = "\xef\xbb\xbf";

/// Throws DataError if the text is UTF-16, UTF-32, compressed, or has a zero byte in its first
/// line. Parsing such a file as UTF-8 would report a symptom instead of the cause.
void check_is_text(const std::filesystem::path& path, std::string_view text);

/// Returns the first line of a text, truncated to the length that hints inspect.
[[nodiscard]] std::string_view csv_header_line(std::string_view text);

/// Returns advice to append to a message about the row at byte `row` of `text` (and about its cell
/// `cell`, if not empty): that lines end with CR alone, are comments, or use a delimiter other than
/// `delimiter`. Returns an empty string if none of these applies. `header` is the first line of the
/// file.
[[nodiscard]] std::string csv_hint(std::string_view header, std::string_view text, std::size_t row,
                                   std::string_view cell, char delimiter);

/// Returns the delimiter as shown in messages: ';' in quotes, or "a tab".
[[nodiscard]] std::string delimiter_text(char delimiter);

}  // namespace foregraph::detail
