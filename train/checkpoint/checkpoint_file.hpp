#pragma once

// A saved training run: a safetensors file that other programs can read, with the non-tensor state
// in its metadata. docs/checkpoint_format.md describes the format.

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/files/safetensors.hpp>

namespace foregraph {

/// Contents of a checkpoint, as plain data. The tensors are the variables by full name, as
/// "hidden/weight" and "hidden/weight.m".
struct CheckpointContent {
  /// The variables.
  std::vector<NamedTensor> tensors{};
  std::int64_t epoch = 0;               ///< completed epochs
  std::int64_t batch = 0;               ///< batches used of the next epoch
  std::int64_t step = 0;                ///< parameter updates since the start
  std::uint64_t model_fingerprint = 0;  ///< see model_fingerprint.hpp
  /// All other state, as text: exact_text() of numbers, bits_text() of fingerprints, JSON, ...
  Metadata state{};
};

/// Writes `content` atomically: at any moment and after any crash, `path` holds either the old
/// checkpoint or this one. Throws UsageError and FileError as write_safetensors() does. O(bytes).
FOREGRAPH_EXPORT void write_checkpoint(const std::filesystem::path& path,
                                       const CheckpointContent& content);

/// Returns text from which Checkpoint's getters read the same number bit for bit (except for the
/// payload of NaN), on any machine.
[[nodiscard]] FOREGRAPH_EXPORT std::string exact_text(double value);
/// Returns an integer as text, for Checkpoint::integer().
[[nodiscard]] std::string exact_text(std::signed_integral auto value) {
  return std::to_string(value);
}
/// Returns 64 bits, such as a fingerprint or the state of a random generator, as 16 hexadecimal
/// digits, for Checkpoint::bits().
[[nodiscard]] FOREGRAPH_EXPORT std::string bits_text(std::uint64_t bits);

/// A checkpoint opened for reading; the tensors stay in the file, mapped into memory.
class FOREGRAPH_EXPORT Checkpoint {
 public:
  /// Reads the whole file once. Throws FileError if it cannot be read; DataError if it is not a
  /// checkpoint, damaged (any flipped bit is detected), truncated, or in a newer version of the
  /// format.
  explicit Checkpoint(std::filesystem::path path);

  /// The tensors.
  [[nodiscard]] const Safetensors& file() const { return file_; }
  /// Returns the number of completed epochs.
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }
  /// Returns the number of batches used of the next epoch.
  [[nodiscard]] std::int64_t batch() const { return batch_; }
  /// Returns the number of updates since the start.
  [[nodiscard]] std::int64_t step() const { return step_; }
  /// Returns the fingerprint of the model that was trained.
  [[nodiscard]] std::uint64_t model_fingerprint() const { return model_fingerprint_; }
  /// Returns the version of the library that wrote the file, as "0.1.0".
  [[nodiscard]] std::string_view library_version() const { return library_version_; }

  /// Access to the state, by the keys of CheckpointContent::state. The getters throw a DataError
  /// that names file and key if there is no such key, or if its text is not of the requested type.
  [[nodiscard]] bool has(std::string_view key) const { return state_.contains(key); }
  /// Returns all state, by key.
  [[nodiscard]] const Metadata& state() const { return state_; }
  /// Returns a state as text.
  [[nodiscard]] const std::string& text(std::string_view key) const;
  /// Returns a state as an integer.
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  /// Returns a state as a number, bit for bit.
  [[nodiscard]] double number(std::string_view key) const;
  /// Returns a state as 64 bits.
  [[nodiscard]] std::uint64_t bits(std::string_view key) const;

 private:
  /// Returns a fixed entry, outside "state.".
  [[nodiscard]] const std::string& own_text(const char* key) const;
  [[nodiscard]] std::int64_t own_count(const char* key) const;

  Safetensors file_;
  std::int64_t epoch_ = 0;
  std::int64_t batch_ = 0;
  std::int64_t step_ = 0;
  std::uint64_t model_fingerprint_ = 0;
  std::string library_version_;
  Metadata state_;
};

}  // namespace foregraph
