#include "options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <foregraph/graph/error.hpp>
#include <foregraph/planner/training.hpp>
#include <sstream>
#include <string_view>

namespace foregraph::cli {

std::vector<std::int64_t> parse_batches(const std::string& text) {
  std::vector<std::int64_t> batches;
  std::stringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    std::int64_t size = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), size);
    if (error != std::errc() || end != word.data() + word.size())
      throw UsageError("--batch: '" + word +
                       "' is not a whole number; expected sizes such as 1,32,10000");
    if (size < 1) batch_size_must_be_at_least_1(size);
    batches.push_back(size);
  }
  if (batches.empty()) throw UsageError("--batch is empty; expected sizes such as 1,32,10000");
  return batches;
}

Bytes parse_bytes(const std::string& text) {
  struct Unit {
    std::string_view name;
    double bytes;
  };
  static constexpr std::array<Unit, 8> units{{{"", 1},
                                              {"B", 1},
                                              {"KiB", 1024.0},
                                              {"MiB", 1048576.0},
                                              {"GiB", 1073741824.0},
                                              {"kB", 1e3},
                                              {"MB", 1e6},
                                              {"GB", 1e9}}};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const auto known =
      std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == unit; });
  if (error != std::errc() || known == units.end() || !(number > 0) || number * known->bytes > 9e18)
    throw UsageError("--budget: '" + text +
                     "' is not a positive size; expected one such as 64MiB, 1.5GiB or 4096B");
  return {static_cast<std::int64_t>(number * known->bytes)};
}

std::string nearest(const std::string& name, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& other : known) {
    if (!name.empty() && other.find(name) != std::string::npos) return other;
    std::vector<std::size_t> row(other.size() + 1);  // Levenshtein's distance, row by row
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

}  // namespace foregraph::cli
