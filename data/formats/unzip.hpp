#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <foregraph/detail/data/formats/record_source.hpp>

namespace foregraph::detail {

/// A zip archive. Not thread-safe.
class ZipReader {
 public:
  /// Opens an archive. Throws FileError if the file cannot be read, DataError if it is not a zip
  /// archive.
  explicit ZipReader(const std::filesystem::path& path);
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;
  ~ZipReader();

  /// Returns the names of all members, in archive order.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool has(const std::string& name) const;
  /// Returns the content of a member: a range of the file if stored uncompressed, otherwise
  /// inflated into memory and checked against its checksum. Throws DataError if the member does not
  /// exist, is encrypted, broken or compressed by another method.
  [[nodiscard]] SharedBytes read(const std::string& name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace foregraph::detail
