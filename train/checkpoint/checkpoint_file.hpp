#pragma once

// A training run at rest: a safetensors file that other programs can read, with the state that is
// no tensor in its metadata. docs/checkpoint_format.md describes it.

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/files/safetensors.hpp>

namespace foregraph {

/// What a checkpoint holds, as plain data. Tensors are the variables by full name, as
/// "hidden/weight" and "hidden/weight.m".
struct CheckpointContent {
  std::vector<NamedTensor> tensors{};
  std::int64_t epoch = 0;               ///< epochs that are complete
  std::int64_t batch = 0;               ///< batches of the next epoch that have been used
  std::int64_t step = 0;                ///< updates of the parameters since the beginning
  std::uint64_t model_fingerprint = 0;  ///< see model_fingerprint.hpp
  /// Everything else, as text: exact_text() of numbers, bits_text() of fingerprints, JSON, ...
  Metadata state{};
};

/// Writes `content` atomically: whoever opens `path`, at any moment and after any crash, finds the
/// old checkpoint or this one. UsageError and FileError as write_safetensors(). O(bytes).
void write_checkpoint(const std::filesystem::path& path, const CheckpointContent& content);

/// Text from which Checkpoint's getters read the same number again, bit for bit (but for the
/// payload of NaN), on any machine.
[[nodiscard]] std::string exact_text(double value);
[[nodiscard]] std::string exact_text(std::signed_integral auto value) {
  return std::to_string(value);
}
/// Of 64 bits, as fingerprints and states of random generators, in 16 hexadecimal digits; for
/// Checkpoint::bits().
[[nodiscard]] std::string bits_text(std::uint64_t bits);

/// A checkpoint opened for reading; the tensors stay in the file, mapped into memory.
class Checkpoint {
 public:
  /// Reads all of the file once. FileError if it cannot be read; DataError if it is no checkpoint,
  /// damaged (any flipped bit in it is found), cut off, or of a newer version of the format.
  explicit Checkpoint(std::filesystem::path path);

  /// The tensors.
  [[nodiscard]] const Safetensors& file() const { return file_; }
  [[nodiscard]] std::int64_t epoch() const { return epoch_; }
  [[nodiscard]] std::int64_t batch() const { return batch_; }
  [[nodiscard]] std::int64_t step() const { return step_; }
  [[nodiscard]] std::uint64_t model_fingerprint() const { return model_fingerprint_; }
  /// Of the library that wrote it, as "0.1.0".
  [[nodiscard]] std::string_view library_version() const { return library_version_; }

  /// The state, by the keys of CheckpointContent::state. The getters throw a DataError that names
  /// file and key if there is no such key, or if its text is not what is asked for.
  [[nodiscard]] bool has(std::string_view key) const { return state_.contains(key); }
  [[nodiscard]] const Metadata& state() const { return state_; }
  [[nodiscard]] const std::string& text(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key) const;
  [[nodiscard]] double number(std::string_view key) const;
  [[nodiscard]] std::uint64_t bits(std::string_view key) const;

 private:
  /// An entry of ours, not below "state.".
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
