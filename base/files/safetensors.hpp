#pragma once

// The safetensors format (https://github.com/huggingface/safetensors): the length of the header in
// eight bytes, least significant first; the header, a JSON object of
//     "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}
// and "__metadata__": {"key": "text"}, optionally padded with blanks; then the data, which the
// tensors cover without holes or overlaps. Nothing in a file is executed, and only the requested
// tensors are read from the data.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/files/input_file.hpp>
#include <foregraph/detail/base/files/named_tensor.hpp>
#include <foregraph/detail/base/list_of.hpp>

namespace foregraph {

/// Metadata key under which write_safetensors() stores a checksum of the whole content, in eight
/// hexadecimal digits.
inline constexpr std::string_view checksum_key = "foregraph.crc32";

/// A tensor in a file.
struct FOREGRAPH_EXPORT StoredTensor {
  std::string name{};                 ///< unique in the file
  std::string_view dtype{};           ///< as named by the format: "F32", "BF16", "BOOL", ...
  std::vector<std::int64_t> shape{};  ///< sizes, outermost first; empty for a scalar
  std::int64_t first = 0;             ///< offset of its elements in the file, in bytes
  std::int64_t size_bytes = 0;        ///< size of its elements

  /// Returns a text such as "F32[2,3]".
  [[nodiscard]] std::string type() const;
};

/// A file opened for reading. Its header is checked completely before use, so an invalid, truncated
/// or malicious file throws DataError, which names the file and the place, and takes no more memory
/// than about ten times its header, which the format limits to 100 MB; a tensor has at most 64
/// dimensions. A file truncated or rewritten while it is open also throws DataError; a file
/// replaced by renaming another (as write_safetensors() does) stays readable.
class FOREGRAPH_EXPORT Safetensors {
 public:
  /// Throws FileError if the file cannot be read, DataError if it is invalid. O(header + tensors *
  /// log(tensors)); does not read the data, see verify().
  explicit Safetensors(std::filesystem::path path);

  /// Returns the path the file was opened by.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Returns the tensors in the order of their data.
  [[nodiscard]] std::span<const StoredTensor> tensors() const { return tensors_; }
  /// Returns the metadata, texts by name.
  [[nodiscard]] const Metadata& metadata() const { return metadata_; }

  /// Returns the tensor, or null if there is none. O(log(tensors)).
  [[nodiscard]] const StoredTensor* find(std::string_view name) const;
  /// Returns the tensor. Throws DataError if there is none.
  [[nodiscard]] const StoredTensor& at(std::string_view name) const;

  /// Returns the elements of a tensor, read at the first call into memory kept by this object and
  /// its copies. Throws DataError if there is no such tensor, it has another dtype, or a bool is
  /// neither 0 nor 1. copy_to() needs no memory besides the destination.
  template <class T>
  [[nodiscard]] std::span<const T> values(std::string_view name) const {
    const std::span<const std::byte> bytes = loaded(name, dtype_of<T>);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  /// Returns the bytes of a tensor of any dtype. Throws DataError if there is no such tensor.
  [[nodiscard]] std::vector<std::byte> bytes(std::string_view name) const;
  /// Copies a tensor of `dtype` to `destination`, whose size must match the tensor's. Throws
  /// DataError like values().
  void copy_to(std::string_view name, DType dtype, std::span<std::byte> destination) const;

  /// Compares the content, data and metadata, with the checksum stored by write_safetensors().
  /// Throws DataError if they differ; returns false if there is no checksum, as in files from other
  /// writers. Reads the whole file.
  bool verify() const;

 private:
  void read_header();
  /// Returns the tensor; throws DataError unless it exists with this dtype.
  [[nodiscard]] const StoredTensor& checked(std::string_view name, DType dtype) const;
  void read(const StoredTensor& tensor, std::span<std::byte> to) const;
  [[nodiscard]] std::span<const std::byte> loaded(std::string_view name, DType dtype) const;

  struct Loaded;  ///< the tensors that values() has read
  std::filesystem::path path_;
  std::shared_ptr<const InputFile> file_;
  std::shared_ptr<Loaded> loaded_;
  std::vector<StoredTensor> tensors_;
  std::vector<std::int32_t> by_name_;
  Metadata metadata_;
};

/// Returns the format's name of a dtype: "F32" for f32, and so on.
[[nodiscard]] FOREGRAPH_EXPORT std::string_view safetensors_dtype(DType dtype);

/// Writes a file atomically (see atomic_file.hpp), directly from the tensors' memory, which must
/// not change meanwhile. The data begins at a multiple of 64 bytes; tensors with larger elements
/// come first, otherwise in the given order, so that each lies at a multiple of its element size.
/// Throws UsageError if the content is invalid: names or keys that are repeated, reserved or not
/// UTF-8, sizes that do not match the shapes, a header of more than 100 MB. Throws FileError if the
/// system refuses. O(bytes), which are read twice: for the checksum and for the file.
FOREGRAPH_EXPORT void write_safetensors(const std::filesystem::path& path,
                                        ListOf<NamedTensor> tensors, const Metadata& metadata = {});

}  // namespace foregraph
