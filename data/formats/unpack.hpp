#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/data/formats/record_source.hpp>

namespace foregraph::detail {

/// Returns true if the bytes begin like a gzip file.
[[nodiscard]] bool is_gzip(std::span<const std::byte> bytes);

/// Highest possible compression ratio of deflated data; a header that promises more is known to be
/// wrong before memory is allocated for it.
inline constexpr std::int64_t most_inflated = 1032;

/// Returns up to `expected` bytes from `read(span)`, which returns the number of bytes it wrote,
/// and 0 at the end. Memory grows with the data received, so that a header promising too much does
/// not cause a large allocation.
template <class Read>
[[nodiscard]] std::vector<std::byte> unpacked(std::size_t expected, const Read& read) {
  constexpr std::size_t first = std::size_t{1} << 20;
  constexpr std::size_t most = std::size_t{1} << 30;
  std::vector<std::byte> bytes;
  std::size_t size = 0;
  while (size < expected) {
    if (size == bytes.size()) bytes.resize(std::min(expected, std::max(first, 2 * size)));
    const std::size_t wanted = std::min(bytes.size() - size, most);
    const auto got = static_cast<std::size_t>(read(std::span(bytes).subspan(size, wanted)));
    if (got == 0) break;
    size += got;
  }
  bytes.resize(size);
  return bytes;
}

/// Reads a gzip file from its start.
class GzipReader {
 public:
  /// Throws FileError if the file cannot be opened.
  explicit GzipReader(const std::filesystem::path& path);
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;
  ~GzipReader();

  /// Fills `to`, and returns fewer bytes only at the end. Throws DataError for broken data:
  /// truncated, or with a wrong checksum.
  std::int64_t read(std::span<std::byte> to);

 private:
  std::filesystem::path path_;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace foregraph::detail
