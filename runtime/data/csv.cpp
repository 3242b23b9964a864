#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/data/csv.hpp>
#include <fstream>
#include <limits>
#include <string_view>
#include <utility>

namespace foregraph {
namespace {

/// One cell: its text without quotes, and where it is.
struct Cell {
  std::string_view text;
  std::int64_t column = 1;
};

[[noreturn]] void fail(const std::filesystem::path& path, std::int64_t line, std::int64_t column,
                       std::string_view column_name, const std::string& what) {
  std::string where = path.string() + ':' + std::to_string(line);
  if (column > 0) where += ", column " + std::to_string(column);
  if (!column_name.empty()) where += " ('" + std::string(column_name) + "')";
  throw DataError(where + ": " + what);
}

std::string read_file(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::error_code no_directory;
  if (!file || std::filesystem::is_directory(path, no_directory))
    throw DataError("cannot read '" + path.string() +
                    "': " + (errno != 0 ? std::strerror(errno) : "it is a directory") +
                    "; check the path and its permissions");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) throw DataError("cannot read '" + path.string() + "': " + std::strerror(errno));
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  return text;
}

/// Splits a file into rows of cells. Unquotes in place, so cells are views of the text.
class Reader {
 public:
  Reader(const std::filesystem::path& path, std::string& text, char delimiter)
      : path_(path), text_(text), delimiter_(delimiter) {}

  /// The next row that is not an empty line; false at the end. `line()` is where it starts.
  bool next(std::vector<Cell>& cells) {
    while (at_ < text_.size() && is_line_end()) skip_line_end();
    if (at_ >= text_.size()) return false;
    cells.clear();
    row_line_ = line_;
    while (true) {
      const auto column = static_cast<std::int64_t>(cells.size()) + 1;
      cells.push_back({text_[at_ < text_.size() ? at_ : 0] == '"' && at_ < text_.size()
                           ? quoted(column)
                           : plain(),
                       column});
      if (at_ >= text_.size()) return true;
      if (is_line_end()) {
        skip_line_end();
        return true;
      }
      ++at_;  // the delimiter
    }
  }
  [[nodiscard]] std::int64_t line() const { return row_line_; }

 private:
  [[nodiscard]] bool is_line_end() const {
    return text_[at_] == '\n' ||
           (text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n'));
  }
  void skip_line_end() {
    if (text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
  }
  std::string_view plain() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != delimiter_ && !is_line_end()) ++at_;
    return std::string_view(text_).substr(begin, at_ - begin);
  }
  std::string_view quoted(std::int64_t column) {
    const std::int64_t first_line = line_;
    const std::size_t begin = ++at_;
    std::size_t end = begin;  // where the unquoted text is written to
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          ++at_;
        } else {
          ++at_;
          if (at_ < text_.size() && text_[at_] != delimiter_ && !is_line_end())
            fail(path_, line_, column, {},
                 "text after the closing quote; expected the delimiter or the end of the line");
          return std::string_view(text_).substr(begin, end - begin);
        }
      }
      if (text_[at_] == '\n') ++line_;
      text_[end++] = text_[at_++];
    }
    fail(path_, first_line, column, {}, "a quote is opened here and never closed");
  }

  const std::filesystem::path& path_;
  std::string& text_;
  char delimiter_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
  std::int64_t row_line_ = 1;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// A column's values go to element `element` of each row of field `field`; -1 skips it.
struct Target {
  int field = -1;
  std::size_t element = 0;
  int text = -1;  ///< of CsvOptions::text
};

struct Column {
  const std::filesystem::path& path;
  std::int64_t line;
  std::int64_t column;
  const std::string& name;

  [[noreturn]] void fail(const std::string& what) const {
    foregraph::fail(path, line, column, name, what);
  }
};

template <class T>
T parse(std::string_view text, const CsvOptions& options, const Column& where) {
  text = trimmed(text);
  if (text.empty()) {
    if (!options.missing.fill())
      where.fail("the value is missing; fill it in, or set CsvOptions::missing to a value");
    return static_cast<T>(*options.missing.fill());
  }
  const std::string quoted = '\'' + std::string(text.substr(0, 40)) + '\'';
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    if (text == "0" || text == "false") return 0;
    if (text == "1" || text == "true") return 1;
    where.fail(quoted + " is no truth value; expected 0, 1, true or false");
  } else {
    if (text.front() == '+') text.remove_prefix(1);
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = end == text.data() + text.size();
    if constexpr (std::is_floating_point_v<T>) {
      if (whole && error == std::errc::result_out_of_range)
        where.fail(quoted + " is out of the range of " + std::string(name_of(dtype_of<T>)));
      if (error != std::errc() || !whole)
        where.fail(quoted + " is not a number; if the column is text, name it in CsvOptions::text");
      if (!std::isfinite(value) && !options.allow_non_finite)
        where.fail(quoted +
                   " is not a finite number; remove the row, or set "
                   "CsvOptions::allow_non_finite");
    } else {
      if (whole && error == std::errc::result_out_of_range)
        where.fail(quoted + " is out of the range of " + std::string(name_of(dtype_of<T>)));
      if (error != std::errc() || !whole) {
        double number = 0;  // 3.0 is an integer as well
        const auto [e, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (bad != std::errc() || e != text.data() + text.size())
          where.fail(quoted + " is not an integer");
        if (number != std::floor(number) || std::abs(number) > 2147483647.0)
          where.fail(quoted + " is not an integer, as " + std::string(name_of(dtype_of<T>)) +
                     " needs");
        value = static_cast<T>(number);
      }
    }
    return value;
  }
}

/// A field under construction.
class Builder {
 public:
  explicit Builder(const CsvField& field) : field_(field), width_(field.columns.size()) {}

  void start_row() {
    bytes_.resize(bytes_.size() +
                  width_ * static_cast<std::size_t>(bytes_per_element(field_.dtype)));
  }
  void set(std::size_t element, std::string_view text, const CsvOptions& options,
           const Column& where) {
    switch (field_.dtype) {
      case DType::f32:
        return put(element, parse<float>(text, options, where));
      case DType::f64:
        return put(element, parse<double>(text, options, where));
      case DType::i32:
        return put(element, parse<std::int32_t>(text, options, where));
      case DType::i64:
        return put(element, parse<std::int64_t>(text, options, where));
      case DType::boolean:
        return put(element, parse<std::uint8_t>(text, options, where));
    }
  }
  Field finish(std::int64_t rows) {
    std::vector<std::int64_t> shape;
    if (width_ > 1) shape.push_back(static_cast<std::int64_t>(width_));
    return {{field_.name, field_.dtype, std::move(shape)}, rows, detail::own(std::move(bytes_))};
  }

 private:
  template <class T>
  void put(std::size_t element, T value) {
    std::memcpy(bytes_.data() + bytes_.size() - (width_ - element) * sizeof(T), &value, sizeof(T));
  }
  CsvField field_;
  std::size_t width_;
  std::vector<std::byte> bytes_;
};

std::size_t column_index(const std::filesystem::path& path, const std::vector<std::string>& names,
                         const std::string& name) {
  std::size_t found = names.size();
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    all += (i == 0 ? "'" : ", '") + names[i] + "'";
    if (names[i] != name) continue;
    if (found < names.size())
      throw DataError(path.string() + ": two columns are called '" + name +
                      "'; rename one of them");
    found = i;
  }
  if (found == names.size())
    throw DataError(path.string() + ": there is no column '" + name + "'; the columns are " + all);
  return found;
}

/// The fields asked for, or "x" and "label" by the rule of CsvOptions::label.
std::vector<CsvField> fields_for(const std::filesystem::path& path, const CsvOptions& options,
                                 const std::vector<std::string>& names) {
  if (!options.fields.empty()) return options.fields;
  if (names.size() < 2)
    throw DataError(path.string() + ": it has " + std::to_string(names.size()) +
                    " column, expected at least one for 'x' and one for 'label'; or name the "
                    "fields in CsvOptions::fields");
  std::size_t label = names.size() - 1;
  if (!options.label.empty()) {
    label = column_index(path, names, options.label);
  } else {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == "label") label = i;
  }
  const auto is_text = [&](const std::string& name) {
    return std::find(options.text.begin(), options.text.end(), name) != options.text.end();
  };
  CsvField x{"x", f32, {}};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (i != label && !is_text(names[i])) x.columns.push_back(names[i]);
  std::vector<CsvField> fields;
  if (!x.columns.empty()) fields.push_back(std::move(x));
  if (!is_text(names[label])) fields.push_back({"label", i32, {names[label]}});
  return fields;
}

bool is_number(std::string_view text) {
  text = trimmed(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Dataset read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  std::string text = read_file(path);
  Reader reader(path, text, options.delimiter);
  std::vector<Cell> cells;
  if (!reader.next(cells))
    throw DataError(path.string() + ": the file is empty; expected " +
                    (options.header ? "a header and rows" : "rows"));

  std::vector<std::string> names;
  bool numbers_only = true;
  for (const Cell& cell : cells) {
    names.emplace_back(options.header ? std::string(trimmed(cell.text))
                                      : std::to_string(cell.column));
    numbers_only = numbers_only && is_number(cell.text);
  }
  if (options.header && numbers_only)
    fail(path, reader.line(), 0, {},
         "the first line holds numbers, not the names of columns; set CsvOptions::header to "
         "false if the file has no header");

  const std::vector<CsvField> fields = fields_for(path, options, names);
  std::vector<Target> targets(names.size());
  std::vector<Builder> builders;
  for (std::size_t f = 0; f < fields.size(); ++f) {
    if (fields[f].columns.empty())
      throw UsageError("CsvOptions::fields: field '" + fields[f].name + "' has no columns");
    for (std::size_t e = 0; e < fields[f].columns.size(); ++e) {
      Target& target = targets[column_index(path, names, fields[f].columns[e])];
      if (target.field >= 0)
        throw UsageError("CsvOptions::fields: column '" + fields[f].columns[e] +
                         "' is used by two fields");
      target = {static_cast<int>(f), e};
    }
    builders.emplace_back(fields[f]);
  }
  std::vector<std::vector<std::string>> texts(options.text.size());
  for (std::size_t t = 0; t < texts.size(); ++t) {
    Target& target = targets[column_index(path, names, options.text[t])];
    if (target.field >= 0 || target.text >= 0)
      throw UsageError("CsvOptions::text: column '" + options.text[t] +
                       "' is used by a field or another text");
    target.text = static_cast<int>(t);
  }

  std::int64_t rows = 0;
  bool more = options.header ? reader.next(cells) : true;
  for (; more; more = reader.next(cells)) {
    if (cells.size() != names.size())
      fail(path, reader.line(), 0, {},
           "the line has " + std::to_string(cells.size()) + " columns, expected " +
               std::to_string(names.size()) + " as in " +
               (options.header ? "the header" : "the first line"));
    for (Builder& builder : builders) builder.start_row();
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (targets[c].text >= 0)
        texts[static_cast<std::size_t>(targets[c].text)].emplace_back(cells[c].text);
      if (targets[c].field >= 0)
        builders[static_cast<std::size_t>(targets[c].field)].set(
            targets[c].element, cells[c].text, options,
            {path, reader.line(), cells[c].column, names[c]});
    }
    ++rows;
  }
  if (rows == 0) throw DataError(path.string() + ": the file has a header but no data rows");
  Dataset data;
  for (Builder& builder : builders) data.add(builder.finish(rows));
  for (std::size_t t = 0; t < texts.size(); ++t)
    data.add_text(options.text[t], std::move(texts[t]));
  return data;
}

Pipeline csv(const std::filesystem::path& path, const CsvOptions& options) {
  return Pipeline(read_csv(path, options));
}

}  // namespace foregraph
