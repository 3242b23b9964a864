#include "allocation_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/base/files/reading.hpp>
#include <fstream>
#include <ios>
#include <string_view>
#include <unordered_map>

#include "files.hpp"

namespace foregraph::cli {
namespace {

constexpr std::string_view header = "id,lower,upper,size";

/// Longer lines are refused, since a device may deliver one without end.
constexpr std::size_t most_line_bytes = std::size_t{1} << 16;

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
  [[nodiscard]] std::array<std::string_view, 4> fields() const {
    std::array<std::string_view, 4> result;
    std::string_view rest = text;
    std::size_t count = 0;
    for (;; ++count) {
      const std::size_t comma = rest.find(',');
      if (count < result.size()) result[count] = rest.substr(0, comma);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    if (++count != result.size())
      refuse("has " + std::to_string(count) + (count == 1 ? " field" : " fields") +
             ", expected the 4 of '" + std::string(header) + "'");
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

/// Replaces times by their ranks: steps have 32 bits, and only the order of times matters.
std::vector<LiveRange> ranked(const std::vector<std::array<std::int64_t, 3>>& rows) {
  std::vector<std::int64_t> times;
  for (const auto& [lower, upper, size] : rows) {
    times.push_back(lower);
    times.push_back(upper);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  const auto rank = [&](std::int64_t time) {
    return static_cast<std::int32_t>(std::lower_bound(times.begin(), times.end(), time) -
                                     times.begin());
  };
  std::vector<LiveRange> ranges;
  ranges.reserve(rows.size());
  for (const auto& [lower, upper, size] : rows) ranges.push_back({rank(lower), rank(upper), size});
  return ranges;
}

}  // namespace

namespace {

AllocationFile read_lines(const std::string& path) {
  AllocationFile file{.path = path, .ids = {}, .lowers = {}, .uppers = {}, .ranges = {}};
  std::ifstream in(path);
  if (!in)
    throw DataError(path + ": cannot be opened; give a file with lines '" + std::string(header) +
                    "'");
  Line line{path, 0};
  const bool is_not_empty = next(in, line);
  if (in.bad()) throw DataError(path + ": cannot be read; give a file, not a folder");
  if (!is_not_empty)
    throw DataError(path + ":1: is empty, expected the header '" + std::string(header) + "'");
  if (line.text != header)
    line.refuse("the header is " + in_quotes(line.text) + ", expected '" + std::string(header) +
                "'");
  std::unordered_map<std::string, std::size_t> line_of;
  std::vector<std::array<std::int64_t, 3>> rows;
  std::int64_t sum = 0;
  while (next(in, line)) {
    if (line.text.empty()) continue;
    const auto [id, lower_text, upper_text, size_text] = line.fields();
    const std::int64_t lower = line.whole_number(lower_text, "lower");
    const std::int64_t upper = line.whole_number(upper_text, "upper");
    const std::int64_t size = line.whole_number(size_text, "size");
    if (upper < lower)
      line.refuse("the live range is " + std::string(lower_text) + " to " +
                  std::string(upper_text) + ", expected upper not below lower");
    if (size < 0) line.refuse("size is " + std::string(size_text) + ", expected at least 0");
    if (size >= (std::int64_t{1} << 62) - sum)
      line.refuse("the sizes up to here add up to 2^62 bytes or more, which is not supported");
    sum += size;
    const auto [known, is_new] = line_of.emplace(id, line.number);
    if (!is_new)
      line.refuse("id " + in_quotes(id) + " is also on line " + std::to_string(known->second) +
                  ", expected each id once");
    file.ids.emplace_back(id);
    file.lowers.emplace_back(lower_text);
    file.uppers.emplace_back(upper_text);
    rows.push_back({lower, upper, size});
  }
  if (in.bad()) throw DataError(path + ": cannot be read to the end");
  file.ranges = ranked(rows);
  file.capacity = capacity_in(path);
  return file;
}

}  // namespace

AllocationFile read_allocation(const std::string& path) {
  return detail::reading(path, [&] { return read_lines(path); });
}

void write_allocation(const std::string& path, const AllocationFile& file,
                      const Placement& placement) {
  std::string text = std::string(header) + ",offset\n";
  for (std::size_t i = 0; i < file.ids.size(); ++i)
    text += file.ids[i] + ',' + file.lowers[i] + ',' + file.uppers[i] + ',' +
            std::to_string(file.ranges[i].bytes) + ',' + std::to_string(placement.offsets[i]) +
            '\n';
  write_file("--output", path, text);
}

}  // namespace foregraph::cli
