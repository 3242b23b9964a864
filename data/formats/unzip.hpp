#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <foregraph/detail/data/formats/record_source.hpp>

namespace foregraph::detail {

/// A zip archive. Not for several threads at once.
class ZipReader {
 public:
  /// Throws FileError if the file cannot be read, DataError if it is no zip archive.
  explicit ZipReader(const std::filesystem::path& path);
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;
  ~ZipReader();

  /// The names of all members, in their order.
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] bool has(const std::string& name) const;
  /// What the member holds: a part of the file if it is stored as it is, else inflated into memory
  /// and compared with its checksum. Throws DataError if there is no such member, it is encrypted
  /// or packed otherwise, or broken.
  [[nodiscard]] SharedBytes read(const std::string& name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace foregraph::detail
