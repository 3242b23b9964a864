#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/history/append_file.hpp>
#include <foregraph/detail/train/history/json_history.hpp>
#include <nlohmann/json.hpp>

namespace foregraph {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const EpochRecord& record) {
  check_names(record);
  Json json{{"epoch", record.epoch}, {"steps", record.steps}, {"seconds", record.seconds}};
  if (record.samples_per_second) json["samples_per_second"] = *record.samples_per_second;
  if (record.stall_fraction) json["stall_fraction"] = *record.stall_fraction;
  json["values"] = Json::object();
  for (const auto& [name, value] : record.values) json["values"][name] = value;
  json["warnings"] = record.warnings;
  if (!record.report_json.empty()) {
    Json report = Json::parse(record.report_json, nullptr, false);
    if (report.is_discarded())
      throw UsageError("history: the report of epoch " + std::to_string(record.epoch) +
                       " is not JSON; leave it empty or give valid JSON");
    json["report"] = std::move(report);
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string history_json(ListOf<EpochRecord> records) {
  std::string text = R"({"format":"foregraph history","version":1,"epochs":[)";
  const char* between = "\n";
  for (const EpochRecord& record : records) {
    text += between + line_of(record);
    between = ",\n";
  }
  return text + "\n]}\n";
}

void write_history_json(const std::filesystem::path& path, ListOf<EpochRecord> records) {
  const AppendFile file(path, history_json(records));
}

}  // namespace foregraph
