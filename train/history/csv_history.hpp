#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/list_of.hpp>
#include <foregraph/detail/train/history/append_file.hpp>
#include <foregraph/detail/train/history/epoch_record.hpp>

namespace foregraph {

/// Returns epochs as CSV (RFC 4180: lines end in CR LF, names with commas or quotes are quoted),
/// one line each. Columns: epoch, steps, seconds, samples_per_second, stall_fraction, the values in
/// order of first appearance, warnings. A cell is empty if the epoch has no such value. Numbers are
/// nan, inf, -inf, or have enough digits to read back the same double. Warnings are joined by "; ",
/// and line breaks in them become spaces, so that each line is one epoch. Reports are left out;
/// history_json() has them. Throws UsageError as check_names() does.
[[nodiscard]] FOREGRAPH_EXPORT std::string history_csv(ListOf<EpochRecord> records);

/// A CSV file of the epochs so far, in the format of history_csv(), with a line appended after each
/// epoch. If the process is killed, the file still has only whole lines. When an epoch has a value
/// that no earlier one had, the file is replaced by one with an additional column; to follow it,
/// reopen it or read it by name (as `tail -F` does). Throws UsageError if it cannot be written, or
/// as history_csv() does; the file then has the earlier epochs.
class FOREGRAPH_EXPORT CsvHistory {
 public:
  /// Creates or replaces the file. Resumed training passes its previous epochs as `earlier`.
  explicit CsvHistory(const std::filesystem::path& path, ListOf<EpochRecord> earlier = {});
  /// Appends the line of an epoch. Throws UsageError if the names of its values differ from the
  /// header's, or if the file cannot be written.
  void add(const EpochRecord& record);

 private:
  std::vector<EpochRecord> records_;  ///< without reports
  std::vector<std::string> names_;
  std::optional<AppendFile> file_;
};

}  // namespace foregraph
