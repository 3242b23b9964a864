#pragma once

#include <filesystem>
#include <span>
#include <string>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/list_of.hpp>
#include <foregraph/detail/train/history/epoch_record.hpp>

namespace foregraph {

/// Returns epochs as JSON, one line each:
///
///     {"format": "foregraph history", "version": 1, "epochs": [
///     {"epoch": 0, "steps": 9, "seconds": 1.5, "samples_per_second": 6000.0,
///      "stall_fraction": 0.25, "values": {"loss": 0.5}, "warnings": ["..."], "report": {...}}
///     ]}
///
/// JSON has no NaN and no infinities, so they become null; only the CSV tells them apart.
/// samples_per_second, stall_fraction and report are left out if unknown. Bytes that are not UTF-8
/// become U+FFFD. Throws UsageError as check_names() does, or if a report is not valid JSON.
[[nodiscard]] FOREGRAPH_EXPORT std::string history_json(ListOf<EpochRecord> records);

/// Replaces the file by history_json(); readers see the old content or the new. Throws UsageError
/// if it cannot be written.
FOREGRAPH_EXPORT void write_history_json(const std::filesystem::path& path,
                                         ListOf<EpochRecord> records);

}  // namespace foregraph
