#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace foregraph {

/// A whole file mapped into memory for reading: pages are loaded when they are first touched, and
/// the system may drop them again. What is mapped stays whole when the file is replaced by another
/// (see atomic_file.hpp) or removed; but a program that cuts it short in place makes reading beyond
/// its new end a SIGBUS, as with any map.
class MappedFile {
 public:
  /// Throws FileError if the file cannot be read, or is none (a folder, a pipe, a device).
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_{};
};

}  // namespace foregraph
