#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::data {

/// How to read a pair of IDX files, of images and labels.
struct IdxOptions {
  std::string images = "x";      ///< name of the field of images
  std::string labels = "label";  ///< name of the field of labels
  /// Divisor of the image bytes, which are read as f32; 1 keeps 0 to 255.
  float divisor = 255;
};

/// Reads images and labels in the MNIST format: byte images {count, rows, columns} as f32 {rows,
/// columns, 1} between 0 and 1, and byte labels {count} as i32. Images with three or more
/// dimensions after the count keep them. Samples are read and converted on demand. Files compressed
/// with gzip (recognised by content) are unpacked into memory, one byte per image value.
///
/// Throws FileError if a file cannot be read; DataError if it cannot be unpacked, is not an IDX
/// file, has other types or dimensions, has a size that differs from its header or no samples, or
/// if the numbers of labels and images differ; UsageError if the divisor is not positive and
/// finite.
[[nodiscard]] FOREGRAPH_EXPORT Dataset read_idx(const std::filesystem::path& images,
                                                const std::filesystem::path& labels,
                                                const IdxOptions& options = {});

/// Returns a pipeline over images and labels:
/// `fg::data::idx("train-images-idx3-ubyte.gz",
/// "train-labels-idx1-ubyte.gz").shuffle(42).batch(128)`.
[[nodiscard]] FOREGRAPH_EXPORT Pipeline idx(const std::filesystem::path& images,
                                            const std::filesystem::path& labels,
                                            const IdxOptions& options = {});

/// How to read one IDX file as a field.
struct IdxArrayOptions {
  std::string name = "x";  ///< name of the field
  /// dtype of the field. If not set, the file's type, which must then be i32, f32 or f64.
  std::optional<DType> as = {};
};

/// Reads any IDX file as one field: the first dimension counts the samples, the others are the row
/// shape. Big-endian numbers are byte-swapped when read; their type changes only if `as` is set
/// (see conversion()). Throws as read_idx(), and DataError if `as` is not set and the file's type
/// is not a dtype, or if the file cannot be read as `as`.
[[nodiscard]] FOREGRAPH_EXPORT Dataset read_idx_array(const std::filesystem::path& path,
                                                      const IdxArrayOptions& options = {});

}  // namespace foregraph::data
