#pragma once

#include <concepts>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

namespace foregraph::data {

/// One or more files, in order: "a.bin", or {"a.bin", "b.bin"}. A separate class is needed because
/// two strings in braces would otherwise be taken as the two iterators of a single path.
class FilePaths {
 public:
  /// Takes one path.
  template <std::convertible_to<std::filesystem::path> P>
  FilePaths(const P& path) : paths_{std::filesystem::path(path)} {}
  /// Takes paths in braces.
  FilePaths(std::initializer_list<std::filesystem::path> paths) : paths_(paths) {}
  /// Takes several paths.
  FilePaths(std::vector<std::filesystem::path> paths) : paths_(std::move(paths)) {}

  /// Returns all paths, in the order given.
  [[nodiscard]] std::span<const std::filesystem::path> all() const { return paths_; }

 private:
  std::vector<std::filesystem::path> paths_;
};

}  // namespace foregraph::data
