#pragma once

// The safetensors format (https://github.com/huggingface/safetensors): eight bytes with the length
// of the header, least significant first; the header, a JSON object of
//     "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}
// and "__metadata__": {"key": "text"}, which may be padded with blanks; then the data, which the
// tensors cover without holes or overlaps. Nothing in a file is executed, and of its data only the
// tensors that are asked for are read.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/base/files/input_file.hpp>
#include <foregraph/detail/base/files/named_tensor.hpp>

namespace foregraph {

/// Where write_safetensors() keeps a checksum of the whole content, in eight hexadecimal digits.
inline constexpr std::string_view checksum_key = "foregraph.crc32";

/// A tensor of a file.
struct StoredTensor {
  std::string name{};
  std::string_view dtype{};  ///< as the format calls it: "F32", "BF16", "BOOL", ...
  std::vector<std::int64_t> shape{};
  std::int64_t first = 0;       ///< byte of the file where its elements begin
  std::int64_t size_bytes = 0;  ///< of its elements

  /// "F32[2,3]"
  [[nodiscard]] std::string type() const;
};

/// A file opened for reading. Everything in its header is checked before it is used, so that a
/// wrong, cut off or malicious file throws DataError, which names the file and the place, and takes
/// no more memory than some ten times its header, which the format limits to 100 MB; a tensor has
/// at most 64 dimensions. So does a file that is cut short or rewritten while it is open; one that
/// is replaced by renaming another (as write_safetensors() does) stays readable.
class Safetensors {
 public:
  /// FileError if it cannot be read, DataError if it is wrong. O(header + tensors * log(tensors));
  /// the data is not looked at, see verify().
  explicit Safetensors(std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// In the order of their data.
  [[nodiscard]] std::span<const StoredTensor> tensors() const { return tensors_; }
  [[nodiscard]] const Metadata& metadata() const { return metadata_; }

  /// Null if there is none. O(log(tensors)).
  [[nodiscard]] const StoredTensor* find(std::string_view name) const;
  /// DataError if there is none.
  [[nodiscard]] const StoredTensor& at(std::string_view name) const;

  /// Returns the elements of a tensor, read at the first call into memory that this object and its
  /// copies keep. Throws DataError if there is no such tensor, it has another dtype, or a bool is
  /// neither 0 nor 1. copy_to() needs no memory besides the destination.
  template <class T>
  [[nodiscard]] std::span<const T> values(std::string_view name) const {
    const std::span<const std::byte> bytes = loaded(name, dtype_of<T>);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  /// Returns the bytes of a tensor of any dtype. Throws DataError if there is no such tensor.
  [[nodiscard]] std::vector<std::byte> bytes(std::string_view name) const;
  /// Copies a tensor of `dtype` to `destination`, whose size must be the tensor's. DataError as
  /// values().
  void copy_to(std::string_view name, DType dtype, std::span<std::byte> destination) const;

  /// Compares the content, data and metadata, with the checksum that write_safetensors() has put
  /// in. DataError if it is another; false if there is none, as in files written by others. Reads
  /// the whole file.
  bool verify() const;

 private:
  void read_header();
  /// The tensor, if it has this dtype.
  [[nodiscard]] const StoredTensor& checked(std::string_view name, DType dtype) const;
  void read(const StoredTensor& tensor, std::span<std::byte> to) const;
  [[nodiscard]] std::span<const std::byte> loaded(std::string_view name, DType dtype) const;

  struct Loaded {
    std::mutex mutex;
    std::map<std::string, std::vector<double>, std::less<>> tensors;  ///< aligned for any dtype
  };
  std::filesystem::path path_;
  std::shared_ptr<const InputFile> file_;
  std::shared_ptr<Loaded> loaded_;
  std::vector<StoredTensor> tensors_;
  std::vector<std::int32_t> by_name_;
  Metadata metadata_;
};

/// "F32" for f32, and so on.
[[nodiscard]] std::string_view safetensors_dtype(DType dtype);

/// Writes a file atomically (see atomic_file.hpp), straight from the tensors' memory, which must
/// not change meanwhile. The data begins at a multiple of 64 bytes; tensors of larger elements come
/// first, else in the order given, so that each lies at a multiple of its element size. UsageError
/// if the content cannot be a file: names or keys that are repeated, reserved or not UTF-8, sizes
/// that are not those of the shapes, a header of more than 100 MB. FileError if the system refuses.
/// O(bytes): they are read twice, for the checksum and for the file.
void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       const Metadata& metadata = {});

}  // namespace foregraph
