#include <algorithm>
#include <array>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/history/epoch_record.hpp>
#include <string_view>

namespace foregraph {

void check_names(const EpochRecord& record) {
  constexpr std::array<std::string_view, 7> fixed{
      "epoch", "steps", "seconds", "samples_per_second", "stall_fraction", "warnings", "report"};
  const auto refuse = [&](const std::string& name, const char* why) {
    throw UsageError("history: a value of epoch " + std::to_string(record.epoch) + " is named '" +
                     name + "', " + why + "; give it another name");
  };
  for (auto each = record.values.begin(); each != record.values.end(); ++each) {
    const std::string& name = each->first;
    if (name.empty()) refuse(name, "which is empty");
    if (std::find(fixed.begin(), fixed.end(), name) != fixed.end())
      refuse(name, "which the history already uses");
    if (std::any_of(record.values.begin(), each,
                    [&](const auto& other) { return other.first == name; }))
      refuse(name, "like another value");
  }
}

}  // namespace foregraph
