#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <foregraph/detail/base/files/input_file.hpp>

namespace foregraph {

/// Part of a file.
struct FilePiece {
  const InputFile* file = nullptr;
  std::int64_t at = 0;
  std::int64_t bytes = 0;
};

/// Brings many small pieces of files, from anywhere in them, together in one call of the system's:
/// rows of a shuffled batch would else take a pread(2) each, many times as long as the copy itself.
///
/// The files are mapped, and the kernel copies from the maps into memory of this class: a page that
/// a shorter file no longer has is an error of the call there, where a copy in the program would
/// raise SIGBUS. Where the system has no memfd_create(2), and for what the call refuses, pieces are
/// read one by one.
class Gatherer {
 public:
  static constexpr std::int64_t capacity = std::int64_t{1} << 16;  ///< bytes of a call
  static constexpr std::size_t most_pieces = 256;

  /// The one of this thread, made at its first call.
  static Gatherer& of_this_thread();
  Gatherer();
  Gatherer(const Gatherer&) = delete;
  Gatherer& operator=(const Gatherer&) = delete;
  ~Gatherer();

  /// Returns the pieces one after another, valid until the next call. At most `most_pieces` of
  /// `capacity` bytes together. Throws as InputFile::read(); InputFile::check_unchanged() is left
  /// to the caller, and must be called: within its last page a file that was cut reads as zeros.
  std::span<const std::byte> gather(std::span<const FilePiece> pieces);

 private:
  bool copy_by_kernel(std::span<const FilePiece> pieces, std::int64_t bytes);

  Descriptor memory_;            ///< of the kernel's, seen at `buffer_`
  std::byte* buffer_ = nullptr;  ///< of `capacity` bytes
  std::unique_ptr<std::byte[]> own_;
};

}  // namespace foregraph
