#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/train/history/append_file.hpp>
#include <foregraph/detail/train/history/epoch_record.hpp>

namespace foregraph {

/// Sources of the date and the host name for a TensorBoardWriter; each has a default.
struct TensorBoardOptions {
  /// Seconds since 1970; unset: the system's clock.
  std::function<double()> wall_time{};
  /// Part of the file's name; empty: the machine's name. Any character other than letters, digits,
  /// '-', '_' and '.' becomes '_'.
  std::string host{};
};

/// Writes scalars as a TensorBoard event file in the folder of a run; pass that folder or a parent
/// to `tensorboard --logdir`. The file is called events.out.tfevents.SECONDS.HOST.PROCESS.N. Each
/// function call appends whole records, which have been handed to the system when it returns.
/// Resumed training creates another file in the same folder; TensorBoard shows both as one run. All
/// functions throw UsageError, with the path, if the file cannot be written.
class FOREGRAPH_EXPORT TensorBoardWriter {
 public:
  /// Creates the folder, if necessary, and the file.
  explicit TensorBoardWriter(const std::filesystem::path& folder, TensorBoardOptions options = {});

  /// Adds the values, and performance/{seconds, samples_per_second, stall_fraction} where known, at
  /// step `record.epoch`. Throws UsageError as check_names() does.
  void add(const EpochRecord& record);
  /// Adds values by name at any step, stored as float. TensorBoard groups names by the part before
  /// '/'.
  void add(std::int64_t step, const NamedValues& values);

  /// Returns the path of the file.
  [[nodiscard]] const std::filesystem::path& path() const { return file_->path(); }

 private:
  TensorBoardOptions options_;
  std::optional<AppendFile> file_;
};

}  // namespace foregraph
