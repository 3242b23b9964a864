#include <charconv>
#include <cstdio>
#include <foregraph/detail/base/system/proc_files.hpp>
#include <limits>
#include <memory>

namespace foregraph::proc {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::string read(const std::string& path) {
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "re"));
  std::string text;
  if (!file) return text;
  char piece[4096];
  while (const std::size_t count = std::fread(piece, 1, sizeof piece, file.get()))
    text.append(piece, count);
  return text;
}

std::optional<std::int64_t> number(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  std::int64_t value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc())
    return std::numeric_limits<std::int64_t>::max();
  return value;
}

bool next_line(std::string_view& text, std::string_view& line) {
  if (text.empty()) return false;
  const std::size_t end = text.find('\n');
  line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return true;
}

bool next_word(std::string_view& text, std::string_view& word) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return false;
  text.remove_prefix(first);
  const std::size_t end = text.find_first_of(blanks);
  word = text.substr(0, end);
  text.remove_prefix(word.size());
  return true;
}

std::optional<std::int64_t> bytes_of(std::string_view text, std::string_view key) {
  for (std::string_view line; next_line(text, line);) {
    if (line.substr(0, key.size()) != key) continue;
    line.remove_prefix(key.size());
    std::string_view word;
    if (line.empty() || blanks.find(line[0]) == std::string_view::npos || !next_word(line, word))
      continue;
    std::optional<std::int64_t> value = number(word);
    std::string_view unit;
    if (!value || !next_word(line, unit)) return value;
    std::int64_t bytes = 0;
    if (unit != "kB") return std::nullopt;
    if (__builtin_mul_overflow(*value, std::int64_t{1024}, &bytes))
      return std::numeric_limits<std::int64_t>::max();
    return bytes;
  }
  return std::nullopt;
}

}  // namespace foregraph::proc
