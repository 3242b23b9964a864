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

/// Whether the file begins as gzip's do, whatever its name.
[[nodiscard]] bool is_gzip(std::span<const std::byte> bytes);

/// More is not in deflated data, so that a header that promises more is known to lie before memory
/// is taken for it.
inline constexpr std::int64_t most_inflated = 1032;

/// Returns up to `expected` bytes that come from `read(span)`, which returns how many it has
/// written and 0 at the end. Memory grows with what has come, so that a header that promises more
/// than there is does not take it.
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

  /// Reads as many bytes as there are, up to the size of `to`; fewer at the end only. Throws
  /// DataError for broken data: cut short, or with a wrong checksum.
  std::int64_t read(std::span<std::byte> to);

 private:
  std::filesystem::path path_;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace foregraph::detail
