#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace foregraph {

/// Values of one epoch by name, as "evaluation_loss", in the order they are shown in.
using NamedValues = std::vector<std::pair<std::string, double>>;

/// What is written about one epoch: by CsvHistory, history_json() and TensorBoardWriter.
struct EpochRecord {
  std::int64_t epoch = 0;  ///< the first is 0
  std::int64_t steps = 0;  ///< in this epoch
  double seconds = 0;      ///< of training
  std::optional<double> samples_per_second{};
  /// Which share of the time training waited for data, from 0 to 1.
  std::optional<double> stall_fraction{};
  NamedValues values{};  ///< losses, metrics, learning rate, ...
  std::vector<std::string> warnings{};
  std::string report_json{};  ///< what was found, as JSON; empty: nothing
};

/// Throws UsageError if a value of the record has no name, that of another, or that of a fixed
/// column: epoch, steps, seconds, samples_per_second, stall_fraction, warnings, report.
void check_names(const EpochRecord& record);

}  // namespace foregraph
