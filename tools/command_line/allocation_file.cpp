#include "allocation_file.hpp"

#include <algorithm>
#include <charconv>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/base/files/reading.hpp>
#include <fstream>
#include <ios>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "files.hpp"

namespace foregraph::cli {
namespace {

constexpr std::string_view header = "id,lower,upper,size";

/// Longer lines are refused, since a device may deliver one without end.
constexpr std::size_t most_line_bytes = std::size_t{1} << 16;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> result;
  for (;;) {
    const std::size_t end = text.find(separator);
    result.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return result;
    text.remove_prefix(end + 1);
  }
}

/// One line and its location, for messages.
struct Line {
  const std::string& path;
  std::size_t number;
  std::string text{};
  std::vector<char> buffer = std::vector<char>(most_line_bytes);

  [[noreturn]] void refuse(const std::string& message) const {
    throw DataError(path + ":" + std::to_string(number) + ": " + message);
  }
  [[nodiscard]] std::int64_t whole_number(std::string_view field, const std::string& name) const {
    std::int64_t value = 0;
    const char* const end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, value);
    if (error == std::errc::invalid_argument || stop != end)
      refuse(name + " is " + in_quotes(field) + ", expected a whole number");
    if (error == std::errc::result_out_of_range)
      refuse(name + " " + std::string(field) + " does not fit in 64 bits");
    return value;
  }
  /// Returns the fields of the line. Refuses it if their number differs from the header's.
  [[nodiscard]] std::vector<std::string_view> fields(const std::string& header_line) const {
    const std::vector<std::string_view> result = split(text, ',');
    const auto expected =
        static_cast<std::size_t>(std::count(header_line.begin(), header_line.end(), ',')) + 1;
    if (result.size() != expected)
      refuse("has " + std::to_string(result.size()) + (result.size() == 1 ? " field" : " fields") +
             ", expected the " + std::to_string(expected) + " of '" + header_line + "'");
    return result;
  }
};

std::optional<std::int64_t> capacity_in(const std::string& path) {
  std::string_view name = path;
  name.remove_prefix(name.find_last_of('/') + 1);  // npos + 1 is 0
  if (!name.ends_with(".csv")) return {};
  name.remove_suffix(4);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  name.remove_prefix(dot + 1);
  if (name.starts_with("cap")) name.remove_prefix(3);
  std::int64_t capacity = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), capacity);
  if (error != std::errc() || stop != name.data() + name.size() || capacity < 0) return {};
  return capacity;
}

bool next(std::ifstream& in, Line& line) {
  std::vector<char>& buffer = line.buffer;
  in.getline(buffer.data(), static_cast<std::streamsize>(buffer.size()));
  const auto read = static_cast<std::size_t>(in.gcount());
  ++line.number;
  if (in.fail() && read + 1 == buffer.size())
    line.refuse("the line is longer than " + std::to_string(read) + " bytes, expected '" +
                std::string(header) + "'");
  if (in.fail()) return false;
  line.text.assign(buffer.data(), in.eof() ? read : read - 1);  // without the line end
  if (!line.text.empty() && line.text.back() == '\r') line.text.pop_back();
  return true;
}

/// A buffer as in the file: times have 64 bits.
struct Row {
  struct RowGap {
    std::int64_t first;
    std::int64_t last;
    std::int64_t begin;
    std::int64_t end;
  };
  std::int64_t lower;
  std::int64_t upper;
  std::int64_t size;
  std::int64_t alignment = 1;
  std::optional<std::int64_t> offset{};
  std::vector<RowGap> gaps{};
};

/// Replaces times by their ranks: steps have 32 bits, and only the order of times matters.
std::vector<ConstrainedBuffer> ranked(const std::vector<Row>& rows) {
  std::vector<std::int64_t> times;
  for (const Row& row : rows) {
    times.insert(times.end(), {row.lower, row.upper});
    for (const Row::RowGap& gap : row.gaps) times.insert(times.end(), {gap.first, gap.last});
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  const auto rank = [&](std::int64_t time) {
    return static_cast<std::int32_t>(std::lower_bound(times.begin(), times.end(), time) -
                                     times.begin());
  };
  std::vector<ConstrainedBuffer> buffers;
  buffers.reserve(rows.size());
  for (const Row& row : rows) {
    buffers.push_back(
        {{rank(row.lower), rank(row.upper), row.size}, row.alignment, row.offset, {}});
    for (const Row::RowGap& gap : row.gaps)
      buffers.back().gaps.push_back({rank(gap.first), rank(gap.last), gap.begin, gap.end});
  }
  return buffers;
}

/// Reads two numbers with `separator` between them; the first may be negative.
std::pair<std::int64_t, std::int64_t> two_numbers(const Line& line, std::string_view text,
                                                  char separator, const std::string& name,
                                                  std::string_view gap) {
  const std::size_t middle = text.find(separator, 1);
  if (text.empty() || middle == std::string_view::npos)
    line.refuse("gaps has " + in_quotes(gap) + ", expected gaps such as '3-7' or '3-7@0:64'");
  return {line.whole_number(text.substr(0, middle), name + " begin"),
          line.whole_number(text.substr(middle + 1), name + " end")};
}

std::vector<Row::RowGap> gaps_in(const Line& line, std::string_view field, const Row& row) {
  std::vector<Row::RowGap> gaps;
  std::int64_t now = row.lower;
  for (const std::string_view text : split(field, ' ')) {
    if (text.empty()) continue;
    const std::size_t at = text.find('@');
    const auto [first, last] = two_numbers(line, text.substr(0, at), '-', "gap", text);
    Row::RowGap gap{first, last, 0, 0};
    if (at != std::string_view::npos)
      std::tie(gap.begin, gap.end) = two_numbers(line, text.substr(at + 1), ':', "window", text);
    if (last < first || first < now || last > row.upper)
      line.refuse("gaps has " + in_quotes(text) + ", expected gaps within the live range " +
                  std::to_string(row.lower) + " to " + std::to_string(row.upper) +
                  ", in order of time and without overlap");
    if (gap.begin < 0 || gap.end < gap.begin || gap.end > row.size)
      line.refuse("gaps has " + in_quotes(text) + ", expected bytes from 0 to the size " +
                  std::to_string(row.size));
    now = last;
    gaps.push_back(gap);
  }
  return gaps;
}

/// Returns the columns after the first four.
std::vector<std::string> further_columns(const Line& line) {
  const std::vector<std::string_view> names = split(line.text, ',');
  const std::string expected = ", expected '" + std::string(header) +
                               "', and after it, if needed, 'alignment', 'gaps' and 'offset'";
  if (line.text != header && !line.text.starts_with(std::string(header) + ","))
    line.refuse("the header is " + in_quotes(line.text) + ", expected '" + std::string(header) +
                "'");
  std::vector<std::string> result;
  for (std::size_t i = 4; i < names.size(); ++i) {
    if (names[i] != "alignment" && names[i] != "gaps" && names[i] != "offset")
      line.refuse("the header has the column " + in_quotes(names[i]) + expected);
    if (std::count(names.begin(), names.end(), names[i]) > 1)
      line.refuse("the header has the column " + in_quotes(names[i]) + " twice" + expected);
    result.emplace_back(names[i]);
  }
  return result;
}

/// Reads a field of a further column, which may be empty.
void read_further(const Line& line, const std::string& column, std::string_view field,
                  AllocationFile& file, Row& row) {
  if (column == "alignment") {
    file.alignments.emplace_back(field);
    if (!field.empty()) row.alignment = line.whole_number(field, column);
    if (row.alignment < 1)
      line.refuse("alignment is " + std::string(field) + ", expected at least 1");
  } else if (column == "gaps") {
    file.gaps.emplace_back(field);
    row.gaps = gaps_in(line, field, row);
  } else if (!field.empty()) {
    row.offset = line.whole_number(field, column);
  }
}

void check_offset(const Line& line, const Row& row, const std::optional<std::int64_t>& capacity) {
  if (!row.offset) return;
  const std::string is = "offset is " + std::to_string(*row.offset);
  if (*row.offset < 0) line.refuse(is + ", expected at least 0, or nothing");
  if (*row.offset % row.alignment != 0)
    line.refuse(is + ", expected a multiple of the alignment " + std::to_string(row.alignment));
  if (capacity && (*row.offset > *capacity || row.size > *capacity - *row.offset))
    line.refuse(is + " and size " + std::to_string(row.size) +
                ", expected an end within the capacity " + std::to_string(*capacity) +
                " of the file's name");
}

/// Refuses fixed buffers that overlap, naming the lines of both.
void check_fixed(const AllocationFile& file, const std::vector<std::size_t>& lines) {
  std::vector<std::int64_t> offsets;
  offsets.reserve(file.buffers.size());
  for (const ConstrainedBuffer& b : file.buffers) offsets.push_back(b.offset.value_or(-1));
  const auto overlap = find_overlap(file.buffers, offsets);
  if (!overlap) return;
  const auto [i, j] = *overlap;
  throw DataError(file.path + ":" + std::to_string(lines[j]) + ": offset is " +
                  std::to_string(offsets[j]) + ", where " + in_quotes(file.ids[j]) +
                  " overlaps with " + in_quotes(file.ids[i]) + " of line " +
                  std::to_string(lines[i]) + ", expected fixed buffers that do not overlap");
}

AllocationFile read_lines(const std::string& path) {
  AllocationFile file{.path = path, .ids = {}, .lowers = {}, .uppers = {}};
  std::ifstream in(path);
  if (!in)
    throw DataError(path + ": cannot be opened; give a file with lines '" + std::string(header) +
                    "'");
  Line line{path, 0};
  const bool is_not_empty = next(in, line);
  if (in.bad()) throw DataError(path + ": cannot be read; give a file, not a folder");
  if (!is_not_empty)
    throw DataError(path + ":1: is empty, expected the header '" + std::string(header) + "'");
  file.columns = further_columns(line);
  file.capacity = capacity_in(path);
  const std::string header_line = line.text;
  std::unordered_map<std::string, std::size_t> line_of;
  std::vector<std::size_t> lines;
  std::vector<Row> rows;
  std::int64_t sum = 0;
  while (next(in, line)) {
    if (line.text.empty()) continue;
    const std::vector<std::string_view> fields = line.fields(header_line);
    Row row{line.whole_number(fields[1], "lower"), line.whole_number(fields[2], "upper"),
            line.whole_number(fields[3], "size")};
    if (row.upper < row.lower)
      line.refuse("the live range is " + std::string(fields[1]) + " to " + std::string(fields[2]) +
                  ", expected upper not below lower");
    if (row.size < 0) line.refuse("size is " + std::string(fields[3]) + ", expected at least 0");
    for (std::size_t i = 0; i < file.columns.size(); ++i)
      read_further(line, file.columns[i], fields[4 + i], file, row);
    check_offset(line, row, file.capacity);
    for (const std::int64_t bytes : {row.size, row.alignment - 1, row.offset.value_or(0)}) {
      if (bytes >= (std::int64_t{1} << 62) - sum)
        line.refuse(
            std::string(file.columns.empty() ? "the sizes" : "the sizes, alignments and offsets") +
            " up to here add up to 2^62 bytes or more, which is not supported");
      sum += bytes;
    }
    const std::string_view id = fields[0];
    const auto [known, is_new] = line_of.emplace(id, line.number);
    if (!is_new)
      line.refuse("id " + in_quotes(id) + " is also on line " + std::to_string(known->second) +
                  ", expected each id once");
    file.ids.emplace_back(id);
    file.lowers.emplace_back(fields[1]);
    file.uppers.emplace_back(fields[2]);
    lines.push_back(line.number);
    rows.push_back(std::move(row));
  }
  if (in.bad()) throw DataError(path + ": cannot be read to the end");
  file.buffers = ranked(rows);
  check_fixed(file, lines);
  return file;
}

}  // namespace

AllocationFile read_allocation(const std::string& path) {
  return detail::reading(path, [&] { return read_lines(path); });
}

void write_allocation(const std::string& path, const AllocationFile& file,
                      const Placement& placement) {
  std::vector<std::string> columns = file.columns;
  if (std::find(columns.begin(), columns.end(), "offset") == columns.end())
    columns.emplace_back("offset");
  std::string text(header);
  for (const std::string& column : columns) text += ',' + column;
  text += '\n';
  for (std::size_t i = 0; i < file.ids.size(); ++i) {
    text += file.ids[i] + ',' + file.lowers[i] + ',' + file.uppers[i] + ',' +
            std::to_string(file.buffers[i].range.bytes);
    for (const std::string& column : columns)
      text += ',' + (column == "alignment" ? file.alignments[i]
                     : column == "gaps"    ? file.gaps[i]
                                           : std::to_string(placement.offsets[i]));
    text += '\n';
  }
  write_file("--output", path, text);
}

}  // namespace foregraph::cli
