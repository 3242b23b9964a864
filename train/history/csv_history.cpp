#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <foregraph/detail/train/history/csv_history.hpp>
#include <utility>

namespace foregraph {
namespace {

std::string number(double value) {
  if (std::isnan(value)) return "nan";  // to_chars may also give -nan
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}
std::string number(const std::optional<double>& value) {
  return value ? number(*value) : std::string{};
}

std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c == '\r' || c == '\n' ? ' ' : c;
  }
  return quoted + '"';
}

/// Adds the record's new value names; returns true if there are any.
bool add_names(std::vector<std::string>& names, const EpochRecord& record) {
  const std::size_t before = names.size();
  for (const auto& [name, value] : record.values)
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names.size() > before;
}

std::string header(const std::vector<std::string>& names) {
  std::string line = "epoch,steps,seconds,samples_per_second,stall_fraction";
  for (const std::string& name : names) line += ',' + cell(name);
  return line + ",warnings\r\n";
}

std::string line_of(const EpochRecord& record, const std::vector<std::string>& names) {
  std::string line = std::to_string(record.epoch) + ',' + std::to_string(record.steps) + ',' +
                     number(record.seconds) + ',' + number(record.samples_per_second) + ',' +
                     number(record.stall_fraction);
  for (const std::string& name : names) {
    line += ',';
    const auto value = std::find_if(record.values.begin(), record.values.end(),
                                    [&](const auto& each) { return each.first == name; });
    if (value != record.values.end()) line += number(value->second);
  }
  std::string warnings;
  for (const std::string& warning : record.warnings)
    warnings += (warnings.empty() ? "" : "; ") + warning;
  return line + ',' + cell(warnings) + "\r\n";
}

std::string table(ListOf<EpochRecord> records, const std::vector<std::string>& names) {
  std::string text = header(names);
  for (const EpochRecord& record : records) text += line_of(record, names);
  return text;
}

std::vector<std::string> names_of(ListOf<EpochRecord> records) {
  std::vector<std::string> names;
  for (const EpochRecord& record : records) {
    check_names(record);
    add_names(names, record);
  }
  return names;
}

EpochRecord without_report(EpochRecord record) {
  record.report_json.clear();
  return record;
}

}  // namespace

std::string history_csv(ListOf<EpochRecord> records) {
  return table(records, names_of(records));
}

CsvHistory::CsvHistory(const std::filesystem::path& path, ListOf<EpochRecord> earlier)
    : names_(names_of(earlier)) {
  for (const EpochRecord& record : earlier) records_.push_back(without_report(record));
  file_.emplace(path, table(records_, names_));
}

void CsvHistory::add(const EpochRecord& record) {
  check_names(record);
  std::vector<std::string> names = names_;
  records_.push_back(without_report(record));
  try {
    if (add_names(names, record))
      file_->replace(table(records_, names));
    else
      file_->append(line_of(record, names));
  } catch (...) {
    records_.pop_back();
    throw;
  }
  names_ = std::move(names);
}

}  // namespace foregraph
