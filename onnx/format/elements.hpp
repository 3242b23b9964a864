#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/onnx/format/model_file.hpp>

namespace foregraph::onnx {

/// Returns the dtype of a tensor's elements in memory: dtype_for(), and i32 or i64 for integers
/// that have no dtype here, which are widened. None for strings and complex numbers.
[[nodiscard]] std::optional<DType> dtype_of_elements(ElementType type);

/// Reads the elements of a tensor from first to last, so that no copy of the whole is needed. The
/// dtype of the elements is dtype_of_elements().
class ElementReader {
 public:
  /// Throws DataError if the elements are fewer or more than the dims say, the type has no dtype,
  /// or external data are missing, outside the model's folder, behind a symbolic link, or too
  /// short; FileError if the system refuses them.
  ElementReader(const FileModel& model, const FileTensor& tensor);

  [[nodiscard]] DType dtype() const { return dtype_; }
  /// Reads the next elements, in the dtype. Throws DataError if there are no more of them.
  void read(std::span<std::byte> elements);

 private:
  [[noreturn]] void fail(const std::string& problem) const;
  void check_size();
  void read_stored(std::span<std::byte> to);
  void read_varints(std::span<std::byte> to);

  const FileTensor& tensor_;
  std::shared_ptr<const ByteSource> source_;
  std::vector<Range> ranges_;
  DType dtype_;
  std::int64_t stored_size_;  ///< bytes of an element in the file
  std::size_t range_ = 0;
  std::int64_t at_ = 0;  ///< in ranges_[range_]
};

/// Returns all elements of a tensor, in its dtype. As ElementReader, and DataError for more than
/// `most` elements.
[[nodiscard]] std::vector<std::byte> read_elements(const FileModel& model, const FileTensor& tensor,
                                                   std::int64_t most);

/// Opens the external data of a model: `location` is a path relative to the model's folder. Throws
/// DataError if it leads out of the folder or through a symbolic link.
[[nodiscard]] std::shared_ptr<const ByteSource> open_external_data(
    const std::filesystem::path& model, const std::string& location);

}  // namespace foregraph::onnx
