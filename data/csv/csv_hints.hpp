#pragma once

// Internal: files that are no CSV, or CSV of another kind than they are read as.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace foregraph::detail {

inline constexpr std::string_view utf8_mark = "\xef\xbb\xbf";

/// Throws DataError if the text is UTF-16, UTF-32, packed, or has a zero in its first line.
/// Errors found while reading such a file as UTF-8 would name a symptom, not the cause.
void check_is_text(const std::filesystem::path& path, std::string_view text);

/// Returns the first line of a text, or as much of it as hints look at.
[[nodiscard]] std::string_view csv_header_line(std::string_view text);

/// Returns an advice to be appended to a message about the row that begins at byte `row` of `text`,
/// and about `cell` of it if that is not empty: that lines end with CR alone, are comments, or are
/// divided by another delimiter than `delimiter`. Empty if the row looks like none of these.
/// `header` is the first line of the file.
[[nodiscard]] std::string csv_hint(std::string_view header, std::string_view text, std::size_t row,
                                   std::string_view cell, char delimiter);

/// The delimiter for messages: ';' in quotes, or "a tab".
[[nodiscard]] std::string delimiter_text(char delimiter);

}  // namespace foregraph::detail
