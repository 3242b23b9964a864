#include "options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <string_view>

namespace foregraph::cli {
namespace {

std::int64_t parse_batch(std::string_view word) {
  std::int64_t size = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, size);
  if (error == std::errc::result_out_of_range)
    throw UsageError("--batch: " + std::string(word) + " is out of range; use a smaller batch");
  if (error != std::errc() || stop != end)
    throw UsageError("--batch: '" + std::string(word) +
                     "' is not a whole number, expected sizes such as 1,32,10000");
  if (size < 1) batch_size_must_be_at_least_1(size);
  return size;
}

}  // namespace

std::vector<std::int64_t> parse_batches(const std::string& text) {
  std::vector<std::int64_t> batches;
  std::string_view rest = text;
  for (;;) {
    const std::size_t comma = rest.find(',');
    batches.push_back(parse_batch(rest.substr(0, comma)));
    if (comma == std::string_view::npos) return batches;
    rest.remove_prefix(comma + 1);
  }
}

Bytes parse_bytes(const std::string& text, const std::string& option, const std::string& word) {
  struct Unit {
    std::string_view name;
    double bytes;
  };
  static constexpr std::array<Unit, 10> units{{{"", 1},
                                               {"B", 1},
                                               {"KiB", 0x1p10},
                                               {"MiB", 0x1p20},
                                               {"GiB", 0x1p30},
                                               {"TiB", 0x1p40},
                                               {"kB", 1e3},
                                               {"MB", 1e6},
                                               {"GB", 1e9},
                                               {"TB", 1e12}}};
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(stop, static_cast<std::size_t>(text.data() + text.size() - stop));
  if (!unit.empty() && unit[0] == ' ') unit.remove_prefix(1);
  const auto known =
      std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == unit; });
  const double bytes = known != units.end() ? number * known->bytes : 0;
  if (error != std::errc() || !(bytes >= 1 && bytes < 0x1p62))  // also false for NaN
    throw UsageError(
        option + ": '" + text +
        "' is not a size of at least one byte, expected one such as 64MiB, 1.5GiB, 800kB or 4096" +
        (word.empty() ? "" : ", or the word '" + word + "'"));
  return {static_cast<std::int64_t>(bytes)};
}

std::string nearest(const std::string& name, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& other : known) {
    if (!name.empty() && other.find(name) != std::string::npos) return other;
    std::vector<std::size_t> row(other.size() + 1);  // one row of the edit-distance table
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= name.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j < row.size(); ++j) {
        const std::size_t change = diagonal + (name[i - 1] == other[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = other;
    }
  }
  return best;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace foregraph::cli
