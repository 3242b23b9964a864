#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <foregraph/detail/base/files/safetensors.hpp>
#include <foregraph/detail/train/callbacks/early_stopping.hpp>

namespace foregraph {

/// The file of FitOptions::best_model. It stores the value of its epoch, so that only a better
/// epoch replaces it, across calls of fit() and across processes.
class BestModelFile {
 public:
  /// Reads the value in the file if the file exists; with `replace` that value is ignored. Throws
  /// FileError if the file cannot be read, and DataError if its value cannot be compared: the file
  /// is damaged, from another model, or without a value of `monitor`.
  BestModelFile(std::filesystem::path path, const EarlyStoppingOptions& monitor,
                std::uint64_t model_fingerprint, bool replace);

  /// Records an epoch's value. Returns true if it is better than the file's; the file must then be
  /// written.
  bool after_epoch(std::int64_t epoch, double value) { return best_.after_epoch(epoch, value); }
  /// Adds the value to a checkpoint's state.
  void add_value(Metadata& state) const;
  /// Returns a note about the value an existing file had; empty if there was none.
  [[nodiscard]] const std::string& note() const { return note_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::string monitor_;
  Better better_;
  BestKeeper best_;
  std::string note_;
};

}  // namespace foregraph
