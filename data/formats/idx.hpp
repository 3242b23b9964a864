#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph {

struct IdxOptions {
  std::string images = "x";
  std::string labels = "label";
  /// Each byte of an image is divided by this, as f32; 1 leaves 0 to 255.
  float divisor = 255;
};

/// Reads images and labels in the format of MNIST: images of bytes {count, rows, columns} as f32
/// {rows, columns, 1} between 0 and 1, labels of bytes {count} as i32. Images of three or more
/// dimensions after the count keep them. Samples are read from the file and converted when they are
/// wanted; files packed with gzip (whatever their names) are unpacked into memory, a byte for each
/// of an image's.
///
/// Throws DataError if a file cannot be read or unpacked, is no IDX file, has other types or
/// dimensions than these, is larger or smaller than its header says, or has no samples, and if
/// there are not as many labels as images; UsageError if the divisor is not positive and finite.
[[nodiscard]] Dataset read_idx(const std::filesystem::path& images,
                               const std::filesystem::path& labels, const IdxOptions& options = {});

/// A pipeline over images and labels: `fg::idx("train-images-idx3-ubyte.gz",
/// "train-labels-idx1-ubyte.gz").shuffle(42).batch(128)`.
[[nodiscard]] Pipeline idx(const std::filesystem::path& images, const std::filesystem::path& labels,
                           const IdxOptions& options = {});

struct IdxArrayOptions {
  std::string name = "x";
  /// The dtype of the field. Not set, it is that of the file, which then must be i32, f32 or f64.
  std::optional<DType> as = {};
};

/// Reads any IDX file as one field: the first dimension counts the samples, the others are the row
/// shape. The file's big-endian numbers are turned when they are read, and change their type only
/// if `as` says so (see conversion()). Throws as read_idx(), and DataError if the file's type is
/// no dtype and `as` is not set, or it cannot be read as `as`.
[[nodiscard]] Dataset read_idx_array(const std::filesystem::path& path,
                                     const IdxArrayOptions& options = {});

}  // namespace foregraph
