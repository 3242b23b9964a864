#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include <foregraph/detail/base/files/input_file.hpp>

namespace foregraph::onnx {

/// Bytes that are read by their offset: a file, or memory in tests.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  /// Returns what error texts call the source: the path of a file.
  [[nodiscard]] virtual std::string name() const = 0;
  /// Returns the number of bytes.
  [[nodiscard]] virtual std::int64_t size() const = 0;
  /// Copies the bytes from `at` on. Throws DataError if the source has fewer, FileError if they
  /// cannot be read.
  virtual void read(std::int64_t at, std::span<std::byte> to) const = 0;
  /// Throws DataError if the source was rewritten since it was opened.
  virtual void check_unchanged() const {}
};

/// A file, as InputFile reads it: never a SIGBUS, whatever other programs do with it.
class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::filesystem::path& path) : file_(path) {}
  [[nodiscard]] std::string name() const override { return file_.path().string(); }
  [[nodiscard]] std::int64_t size() const override { return file_.size(); }
  void read(std::int64_t at, std::span<std::byte> to) const override { file_.read(at, to); }
  void check_unchanged() const override { file_.check_unchanged(); }

 private:
  InputFile file_;
};

/// Bytes in memory, which must outlive it.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  [[nodiscard]] std::string name() const override { return "memory"; }
  [[nodiscard]] std::int64_t size() const override {
    return static_cast<std::int64_t>(bytes_.size());
  }
  void read(std::int64_t at, std::span<std::byte> to) const override;

 private:
  std::span<const std::byte> bytes_;
};

/// Bytes [at, at + size) of a source.
struct Range {
  std::int64_t at = 0;
  std::int64_t size = 0;
};

}  // namespace foregraph::onnx
