#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <foregraph/runtime/data/record_source.hpp>

namespace foregraph::detail {

/// Whether the file begins as gzip's do, whatever its name.
[[nodiscard]] bool is_gzip(std::span<const std::byte> bytes);

/// More is not in deflated data, so that a header that promises more is known to lie before memory
/// is taken for it.
inline constexpr std::int64_t most_inflated = 1032;

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
