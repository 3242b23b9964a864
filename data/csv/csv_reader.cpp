#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/data/csv/csv_hints.hpp>
#include <foregraph/detail/data/csv/csv_reader.hpp>
#include <utility>

namespace foregraph::detail {

CsvReader::CsvReader(const std::filesystem::path& path, std::string_view text, char delimiter,
                     std::int64_t max_row_bytes)
    : path_(path),
      text_(text),
      header_(csv_header_line(text)),
      delimiter_(delimiter),
      max_row_bytes_(static_cast<std::size_t>(max_row_bytes)) {
  if (text_.starts_with(utf8_mark)) next_.at = utf8_mark.size();
}

void CsvReader::fail_at(std::int64_t line, std::int64_t column, std::string_view name,
                        const std::string& what, std::string_view cell) const {
  std::string where = path_.string() + ':' + std::to_string(line);
  if (column > 0) where += ", column " + std::to_string(column);
  if (!name.empty()) where += " (" + in_quotes(name) + ")";
  throw DataError(where + ": " + what + csv_hint(header_, text_, row_.at, cell, delimiter_));
}

bool CsvReader::next(std::vector<CsvCell>& cells) {
  while (!is_end() && is_line_end()) skip_line_end();
  if (is_end()) return false;
  cells.clear();
  unescaped_.clear();
  row_ = next_;
  row_limit_ = text_.size() - row_.at > max_row_bytes_ ? row_.at + max_row_bytes_ : text_.size();
  while (true) {
    const auto column = static_cast<std::int64_t>(cells.size()) + 1;
    cells.push_back({!is_end() && text_[next_.at] == '"' ? quoted(column) : plain(), column});
    if (is_end()) return true;
    if (is_line_end()) {
      skip_line_end();
      return true;
    }
    check_row_bytes(column);
    ++next_.at;  // the delimiter
  }
}

void CsvReader::check_row_bytes(std::int64_t column) const {
  if (next_.at < row_limit_) return;
  fail(column, {},
       "the row is longer than " + std::to_string(max_row_bytes_) +
           " bytes; check for an unclosed quote, or raise CsvOptions::max_row_bytes");
}

bool CsvReader::is_line_end() const {
  const std::size_t at = next_.at;
  return text_[at] == '\n' ||
         (text_[at] == '\r' && (at + 1 == text_.size() || text_[at + 1] == '\n'));
}

void CsvReader::skip_line_end() {
  if (text_[next_.at] == '\r') ++next_.at;
  if (!is_end() && text_[next_.at] == '\n') ++next_.at;
  ++next_.line;
}

std::string_view CsvReader::plain() {
  const std::size_t begin = next_.at;
  while (next_.at < row_limit_ && text_[next_.at] != delimiter_ && !is_line_end()) ++next_.at;
  return text_.substr(begin, next_.at - begin);
}

std::string_view CsvReader::quoted(std::int64_t column) {
  const std::int64_t first_line = next_.line;
  std::size_t& at = next_.at;
  std::size_t begin = ++at;
  std::string* unescaped = nullptr;  // the text before `begin`, if it contained a quote
  for (; at < row_limit_; ++at) {
    if (text_[at] == '\n') ++next_.line;
    if (text_[at] != '"') continue;
    const std::string_view piece = text_.substr(begin, at - begin);
    ++at;
    if (at < text_.size() && text_[at] == '"') {  // "" stands for one quote
      if (unescaped == nullptr) unescaped = &unescaped_.emplace_front();
      unescaped->append(piece);
      begin = at;
      continue;
    }
    if (at < text_.size() && text_[at] != delimiter_ && !is_line_end())
      fail_at(next_.line, column, {},
              "text after the closing quote, expected the delimiter or the end of the line", {});
    if (unescaped == nullptr) return piece;
    unescaped->append(piece);
    return *unescaped;
  }
  if (at < text_.size()) check_row_bytes(column);
  fail_at(first_line, column, {}, "a quote opened here is never closed", {});
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace foregraph::detail
