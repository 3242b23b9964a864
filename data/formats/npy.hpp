#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::data {

/// A field, and the NPY file that holds it.
struct NpyField {
  std::string name;            ///< name of the field
  std::filesystem::path path;  ///< path of the file
  /// dtype of the field. If not set, the array's type.
  std::optional<DType> as = {};
};

/// Reads NumPy's .npy files, each as one field: the first axis counts the samples, the others are
/// the row shape. Rows are read on demand. Types without a dtype (u1, i1, u2, i2) need `as`. Values
/// are converted when read if `as` differs from the stored type (see conversion()); booleans (b1)
/// are checked when read.
///
/// Throws UsageError if no field is given; FileError if a file cannot be read; DataError if a file
/// is not .npy version 1 to 3, its header is malformed, its array is in Fortran order, big endian,
/// of an unsupported type, without axes or without samples, `as` is not set and the type is not a
/// dtype, the array cannot be read as `as`, the size differs from the header, or the arrays have
/// different numbers of samples. Reading a sample throws DataError if a value does not fit the
/// requested dtype, or a boolean is not 0 or 1.
[[nodiscard]] FOREGRAPH_EXPORT Dataset read_npy(const std::vector<NpyField>& fields);

/// Returns a pipeline over .npy files: `fg::data::npy({{"x", "x.npy"}, {"label",
/// "y.npy"}}).batch(128)`.
[[nodiscard]] FOREGRAPH_EXPORT Pipeline npy(const std::vector<NpyField>& fields);

}  // namespace foregraph::data
