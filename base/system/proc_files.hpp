#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Readers for the kernel's text files. Missing or malformed content yields nothing, never an
/// error.
namespace foregraph::proc {

/// Returns the whole file, or "" if it cannot be read.
[[nodiscard]] std::string read(const std::string& path);

/// Returns a number in decimal digits, ignoring blanks around it. Numbers beyond 64 bits become the
/// largest one; returns nothing for "max", signs, fractions and any other text.
[[nodiscard]] std::optional<std::int64_t> number(std::string_view text);

/// Removes the first line of `text` and stores it in `line` without its line end. Returns false at
/// the end.
[[nodiscard]] bool next_line(std::string_view& text, std::string_view& line);
/// Like next_line(), for words between blanks.
[[nodiscard]] bool next_word(std::string_view& text, std::string_view& word);

/// Returns the number after `key` at the start of a line, in bytes: "VmSize:  123 kB",
/// "inactive_file 12".
[[nodiscard]] std::optional<std::int64_t> bytes_of(std::string_view text, std::string_view key);

}  // namespace foregraph::proc
