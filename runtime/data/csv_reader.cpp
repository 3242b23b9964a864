#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/data/csv_reader.hpp>
#include <utility>

namespace foregraph::detail {

void fail_csv(const std::filesystem::path& path, std::int64_t line, std::int64_t column,
              std::string_view column_name, const std::string& what) {
  std::string where = path.string() + ':' + std::to_string(line);
  if (column > 0) where += ", column " + std::to_string(column);
  if (!column_name.empty()) where += " ('" + std::string(column_name) + "')";
  throw DataError(where + ": " + what);
}

bool CsvReader::next(std::vector<CsvCell>& cells) {
  while (!is_end() && is_line_end()) skip_line_end();
  if (is_end()) return false;
  cells.clear();
  unescaped_.clear();
  row_ = next_;
  while (true) {
    const auto column = static_cast<std::int64_t>(cells.size()) + 1;
    cells.push_back({!is_end() && text_[next_.at] == '"' ? quoted(column) : plain(), column});
    if (is_end()) return true;
    if (is_line_end()) {
      skip_line_end();
      return true;
    }
    ++next_.at;  // the delimiter
  }
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
  while (!is_end() && text_[next_.at] != delimiter_ && !is_line_end()) ++next_.at;
  return text_.substr(begin, next_.at - begin);
}

std::string_view CsvReader::quoted(std::int64_t column) {
  const std::int64_t first_line = next_.line;
  std::size_t& at = next_.at;
  std::size_t begin = ++at;
  std::string* unescaped = nullptr;  // what comes before `begin`, if a quote was in it
  for (; at < text_.size(); ++at) {
    if (text_[at] == '\n') ++next_.line;
    if (text_[at] != '"') continue;
    const std::string_view piece = text_.substr(begin, at - begin);
    ++at;
    if (at < text_.size() && text_[at] == '"') {  // "" stands for one
      if (unescaped == nullptr) unescaped = &unescaped_.emplace_front();
      unescaped->append(piece);
      begin = at;
      continue;
    }
    if (at < text_.size() && text_[at] != delimiter_ && !is_line_end())
      fail_csv(path_, next_.line, column, {},
               "text after the closing quote; expected the delimiter or the end of the line");
    if (unescaped == nullptr) return piece;
    unescaped->append(piece);
    return *unescaped;
  }
  fail_csv(path_, first_line, column, {}, "a quote is opened here and never closed");
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace foregraph::detail
