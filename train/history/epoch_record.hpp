#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// Values of one epoch by name, as "evaluation_loss", in display order.
using NamedValues = std::vector<std::pair<std::string, double>>;

/// The data that CsvHistory, history_json() and TensorBoardWriter write about one epoch.
struct EpochRecord {
  std::int64_t epoch = 0;  ///< counted from 0
  std::int64_t steps = 0;  ///< in this epoch
  double seconds = 0;      ///< of training
  /// Training speed, if known.
  std::optional<double> samples_per_second{};
  /// Fraction of the time training waited for data, from 0 to 1.
  std::optional<double> stall_fraction{};
  NamedValues values{};  ///< losses, metrics, learning rate, ...
  /// Texts of the epoch's warnings.
  std::vector<std::string> warnings{};
  std::string report_json{};  ///< findings as JSON; empty: none
};

/// Throws UsageError if a value of the record has no name, a duplicate name, or the name of a fixed
/// column: epoch, steps, seconds, samples_per_second, stall_fraction, warnings, report.
FOREGRAPH_EXPORT void check_names(const EpochRecord& record);

}  // namespace foregraph
