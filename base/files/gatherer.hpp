#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <foregraph/detail/base/files/input_file.hpp>

namespace foregraph {

/// A piece of a file.
struct FilePiece {
  const InputFile* file = nullptr;
  std::int64_t at = 0;
  std::int64_t bytes = 0;
};

/// Copies many small pieces, from anywhere in files, in one system call: rows of a shuffled batch
/// would otherwise take one pread(2) each, many times as long as the copy itself.
///
/// The files are mapped, and the kernel copies from the maps into memory of this class: a missing
/// page of a truncated file then fails the call, whereas a copy in the program would raise SIGBUS.
/// Where the system has no memfd_create(2), or the call fails, pieces are read one by one.
class Gatherer {
 public:
  static constexpr std::int64_t capacity = std::int64_t{1} << 16;  ///< bytes per call
  static constexpr std::size_t most_pieces = 256;

  /// Returns the instance of this thread, created at its first call.
  static Gatherer& of_this_thread();
  Gatherer();
  Gatherer(const Gatherer&) = delete;
  Gatherer& operator=(const Gatherer&) = delete;
  ~Gatherer();

  /// Returns the concatenated pieces, valid until the next call. At most `most_pieces` pieces of
  /// `capacity` bytes in total. Throws like InputFile::read(). The caller must then call
  /// InputFile::check_unchanged(): within its last page a truncated file reads as zeros.
  std::span<const std::byte> gather(std::span<const FilePiece> pieces);

 private:
  bool copy_by_kernel(std::span<const FilePiece> pieces, std::int64_t bytes);

  Descriptor memory_;            ///< kernel memory, mapped at `buffer_`
  std::byte* buffer_ = nullptr;  ///< `capacity` bytes
  std::unique_ptr<std::byte[]> own_;
};

}  // namespace foregraph
