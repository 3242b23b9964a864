#include <algorithm>
#include <array>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/data/csv/csv_hints.hpp>

namespace foregraph::detail {
namespace {

/// Limit on the part of a line that is inspected: with CR-only line ends, a line is the whole file.
constexpr std::size_t most_looked_at = std::size_t{1} << 16;

struct FileFormat {
  std::string_view first_bytes;
  std::string_view name;
  std::string_view advice;
};

constexpr std::string_view to_utf8 =
    "save it as UTF-8, for example with iconv -f UTF-16 -t UTF-8 OLD > NEW";
constexpr std::array<FileFormat, 7> formats{{
    {{"\xff\xfe\0\0", 4}, "UTF-32", "save it as UTF-8, for example with iconv -f UTF-32 -t UTF-8"},
    {{"\0\0\xfe\xff", 4}, "UTF-32", "save it as UTF-8, for example with iconv -f UTF-32 -t UTF-8"},
    {"\xff\xfe", "UTF-16 (little endian)", to_utf8},
    {"\xfe\xff", "UTF-16 (big endian)", to_utf8},
    {"\x1f\x8b", "compressed with gzip", "decompress it with gunzip"},
    {"PK\x03\x04", "a zip archive, such as an Excel .xlsx file",
     "unpack it, or save the table as CSV"},
    {"PAR1", "Parquet", "write the table as CSV"},
}};

/// Returns the line that begins at `at`, without its LF.
std::string_view line_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(std::min(at, text.size()), most_looked_at);
  return rest.substr(0, rest.find('\n'));
}

/// Returns how often `letter` occurs in the line outside quotes.
std::int64_t occurrences(std::string_view line, char letter) {
  std::int64_t found = 0;
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (c == letter && !quoted) ++found;
  }
  return found;
}

bool has_lone_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return occurrences(line, '\r') > 0;
}

/// Returns the byte order of UTF-16 text, recognised by zeros in every other byte (as in English).
std::string_view order_of_utf16(std::string_view text) {
  std::array<std::size_t, 2> zeros{};
  const std::size_t looked_at = std::min<std::size_t>(text.size(), 1024) / 2 * 2;
  for (std::size_t i = 0; i < looked_at; ++i) zeros[i % 2] += text[i] == '\0' ? 1U : 0U;
  const std::size_t many = looked_at / 4;
  if (zeros[1] > many && zeros[0] * 8 < zeros[1]) return "little";
  if (zeros[0] > many && zeros[1] * 8 < zeros[0]) return "big";
  return {};
}

}  // namespace

std::string_view csv_header_line(std::string_view text) {
  if (text.starts_with(utf8_mark)) text.remove_prefix(utf8_mark.size());
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  return line_at(text, 0);
}

void check_is_text(const std::filesystem::path& path, std::string_view text) {
  const auto refuse = [&](const std::string& what, std::string_view advice) {
    throw DataError(path.string() + ": the file is " + what + ", expected text in UTF-8; " +
                    std::string(advice));
  };
  for (const FileFormat& format : formats)
    if (text.starts_with(format.first_bytes)) refuse(std::string(format.name), format.advice);
  const std::string_view line = csv_header_line(text);
  if (line.find('\0') == std::string_view::npos) return;
  if (const std::string_view order = order_of_utf16(text); !order.empty())
    refuse("UTF-16 (" + std::string(order) + " endian, without a byte order mark)", to_utf8);
  const auto zero = static_cast<std::size_t>(line.data() - text.data()) + line.find('\0');
  refuse("not text: byte " + std::to_string(zero) + ", in its first line, is zero",
         "check that it is the right file");
}

std::string delimiter_text(char delimiter) {
  return delimiter == '\t' ? "a tab, '\\t'" : in_quotes({&delimiter, 1});
}

std::string csv_hint(std::string_view header, std::string_view text, std::size_t row,
                     std::string_view cell, char delimiter) {
  const std::string_view line = line_at(text, row);
  if (has_lone_cr(line) || has_lone_cr(header))
    return "; lines seem to end with CR alone, expected LF or CRLF: convert the file, for example "
           "with tr '\\r' '\\n' < OLD > NEW";
  for (const std::string_view each : {header, line})
    if (each.starts_with('#'))
      return "; a line starts with '#': CSV has no comments; remove such lines";
  for (const char other : {';', '\t', '|', ','}) {
    const std::int64_t of_header = occurrences(header, other);
    if (other == delimiter || of_header == 0 || occurrences(line, other) != of_header) continue;
    const bool divides = occurrences(header, delimiter) == 0 ||
                         occurrences(line, delimiter) != occurrences(header, delimiter) ||
                         cell.find(other) != std::string_view::npos;
    if (divides)
      return "; the columns seem to be separated by " + delimiter_text(other) +
             ": set CsvOptions::delimiter (on the command line: --delimiter)";
  }
  return {};
}

}  // namespace foregraph::detail
