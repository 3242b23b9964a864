// history_csv(), read again by our reader, and history_json() with reports that are read as JSON.
#include <algorithm>
#include <bit>
#include <foregraph/detail/data/csv/csv_reader.hpp>
#include <foregraph/detail/train/history/csv_history.hpp>
#include <foregraph/detail/train/history/json_history.hpp>
#include <nlohmann/json.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

void run_history(Input& input) {
  std::vector<EpochRecord> records(input.below(3) + 1);
  for (EpochRecord& record : records) {
    record.epoch = static_cast<std::int8_t>(input.byte());
    record.seconds = static_cast<double>(input.byte()) / 7;
    for (std::size_t value = input.below(3); value > 0; --value) {
      std::string name(input.until('\n'));
      record.values.emplace_back(std::move(name), static_cast<double>(input.byte()) / 3);
    }
    if (input.below(2) != 0) record.warnings.emplace_back(input.until('\n'));
    if (input.below(2) != 0) record.report_json = input.until('\n');
  }
  const std::string csv = history_csv(records);
  const std::filesystem::path path = "history.csv";
  detail::CsvReader reader(path, csv, ',', std::int64_t{1} << 30);
  std::vector<detail::CsvCell> cells;
  require(reader.next(cells), "a history has no header");
  const std::size_t columns = cells.size();
  std::size_t rows = 0;
  for (; reader.next(cells); ++rows)
    require(cells.size() == columns, "a history has lines of different lengths");
  require(rows == records.size(), "a history has not a line for each epoch");
  const auto json = nlohmann::json::parse(history_json(records));
  require(json.at("epochs").size() == records.size(), "a history's JSON has other epochs");
}

std::vector<std::string> history_seeds() {
  using namespace std::string_literals;
  return {"\0\0\1\1loss\n\5\0\0"s, "\1\0\1\1loss\n\5\1too, \"slow\"\n\1{\"a\": [1, null]}\n"s +
                                       "\1\2\2loss\n\5accuracy\n\6\0\0"s};
}

const Registered history_target({"history", &run_history, &history_seeds});

}  // namespace
}  // namespace foregraph::fuzz
