#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <foregraph/detail/base/files/safetensors.hpp>
#include <foregraph/detail/train/callbacks/early_stopping.hpp>

namespace foregraph {

/// The file of FitOptions::best_model. It holds the value by which its epoch was the best, so that
/// only a better epoch replaces it, of whatever call of fit() and in whatever process.
class BestModelFile {
 public:
  /// Reads the value in the file if there is a file. With `replace` the file's value does not
  /// count. Throws FileError if the file cannot be read, and DataError if its value cannot be
  /// compared: the file is damaged, of another model, or without a value of `monitor`.
  BestModelFile(std::filesystem::path path, const EarlyStoppingOptions& monitor,
                std::uint64_t model_fingerprint, bool replace);

  /// Returns whether the epoch is better than the file's; it is to be written then.
  bool after_epoch(std::int64_t epoch, double value) { return best_.after_epoch(epoch, value); }
  /// Adds the value to what is written.
  void add_value(Metadata& state) const;
  /// Says which value the file has from before; empty if there was none.
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
