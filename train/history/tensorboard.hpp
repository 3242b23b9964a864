#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <foregraph/detail/train/history/append_file.hpp>
#include <foregraph/detail/train/history/epoch_record.hpp>

namespace foregraph {

/// Where a TensorBoardWriter gets the date and the machine's name from; each has a default.
struct TensorBoardOptions {
  /// Seconds since 1970; unset: the system's clock.
  std::function<double()> wall_time{};
  /// Part of the file's name; empty: the machine's name. Whatever is no letter, digit, '-', '_' or
  /// '.' becomes '_'.
  std::string host{};
};

/// Writes scalars as a TensorBoard event file, events.out.tfevents.<seconds>.<host>.<process>.<n>,
/// in the folder of a run; `tensorboard --logdir` is given that folder or one above it. Each call
/// of a function adds whole records, and they are on their way to the disk when it returns.
/// Training that is resumed makes another file in the same folder; TensorBoard shows both as one
/// run. All functions throw UsageError, with the path, if the file cannot be written.
class TensorBoardWriter {
 public:
  /// Makes the folder, if there is none, and the file.
  explicit TensorBoardWriter(const std::filesystem::path& folder, TensorBoardOptions options = {});

  /// Adds the values, and performance/{seconds, samples_per_second, stall_fraction} as far as they
  /// are known, at step `record.epoch`. Throws UsageError as check_names() does.
  void add(const EpochRecord& record);
  /// Adds values under their names at any step. TensorBoard groups names by what is before a '/'.
  /// They are kept as float.
  void add(std::int64_t step, const NamedValues& values);

  [[nodiscard]] const std::filesystem::path& path() const { return file_->path(); }

 private:
  TensorBoardOptions options_;
  std::optional<AppendFile> file_;
};

}  // namespace foregraph
