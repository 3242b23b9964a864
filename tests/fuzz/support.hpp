#pragma once

// Files in memory, and the wrappers around content that a fuzzer would not find by chance:
// checksums, packed data, lengths.

#include <filesystem>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "target.hpp"

namespace foregraph::fuzz {

/// A file that is in no folder; it is written anew for each input.
class MemoryFile {
 public:
  MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();
  /// Makes `content` the content of the file and returns its path.
  const std::filesystem::path& with(std::string_view content);
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  int number_ = -1;
  std::filesystem::path path_;
};

/// Returns a folder of this process in memory (/dev/shm, or where temporary files go). It is
/// removed when the process ends.
const std::filesystem::path& scratch_folder();

/// Returns the content of a file that the target has written.
std::string read_whole(const std::filesystem::path& path);

/// Returns the bytes of `value`, least significant first.
std::string little_endian(std::uint64_t value, int bytes);
std::string big_endian(std::uint64_t value, int bytes);

std::string gzip(std::string_view content);
/// Returns a zlib stream of `content`, compressed or in stored blocks.
std::string zlib_stream(std::string_view content, bool compressed);
std::uint32_t crc_of(std::string_view content);

struct ZipMember {
  std::string name;
  std::string content;
  bool deflated = false;
};
std::string zip(const std::vector<ZipMember>& members);

/// Returns an array in NumPy's format with the dictionary `header`.
std::string npy(int version, std::string_view header, std::string_view values);

/// Reads every row and returns its bytes, field after field, and its texts.
std::vector<std::string> read_rows(const data::Dataset& data);

/// Returns one of all dtypes.
DType pick_dtype(Input& input);
/// Returns a dtype, or nothing.
std::optional<DType> pick_conversion(Input& input);

}  // namespace foregraph::fuzz
