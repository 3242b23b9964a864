#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The kernel's text files. Whatever is absent or odd is nothing, never an error.
namespace foregraph::proc {

/// The whole file, or "" if it cannot be read.
[[nodiscard]] std::string read(const std::string& path);

/// A number in decimal digits, blanks around it aside. Numbers beyond 64 bits are the largest one;
/// nothing for "max", signs, fractions and any other text.
[[nodiscard]] std::optional<std::int64_t> number(std::string_view text);

/// `text` without its first line, which is put into `line` without its end. False at the end.
[[nodiscard]] bool next_line(std::string_view& text, std::string_view& line);
/// The same for words between blanks.
[[nodiscard]] bool next_word(std::string_view& text, std::string_view& word);

/// The number behind `key` at the start of a line, in bytes: "VmSize:  123 kB", "inactive_file 12".
[[nodiscard]] std::optional<std::int64_t> bytes_of(std::string_view text, std::string_view key);

}  // namespace foregraph::proc
