#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/train/history/append_file.hpp>
#include <foregraph/detail/train/history/epoch_record.hpp>

namespace foregraph {

/// Epochs as CSV (RFC 4180: lines end in CR LF, names with commas or quotes are quoted), one line
/// each. Columns: epoch, steps, seconds, samples_per_second, stall_fraction, the values in the
/// order of their first appearance, warnings. A cell is empty if the epoch has no such value.
/// Numbers have as many digits as it takes to read the same double again, or are nan, inf, -inf.
/// Warnings are joined by "; ", and line breaks in them are spaces, so that a line is always an
/// epoch. Reports are left out; history_json() has them. Throws UsageError as check_names() does.
[[nodiscard]] std::string history_csv(std::span<const EpochRecord> records);

/// A CSV file of the epochs so far, as history_csv() makes it, that gets a line after each epoch.
/// Killed at any time, the process leaves whole lines. If an epoch has a value that none before
/// had, the file is replaced by one with the further column; so reopen it, or read it by name (as
/// `tail -F` does), to follow it. Throws UsageError if it cannot be written, or as history_csv()
/// does; the file then has the epochs before.
class CsvHistory {
 public:
  /// Makes or replaces the file. Training that is resumed gives the epochs from before as
  /// `earlier`.
  explicit CsvHistory(const std::filesystem::path& path, std::span<const EpochRecord> earlier = {});
  void add(const EpochRecord& record);

 private:
  std::vector<EpochRecord> records_;  ///< without reports
  std::vector<std::string> names_;
  std::optional<AppendFile> file_;
};

}  // namespace foregraph
