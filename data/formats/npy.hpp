#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph {

struct NpyField {
  std::string name;
  std::filesystem::path path;
  /// The dtype of the field. Not set, it is that of the array.
  std::optional<DType> as = {};
};

/// Reads NumPy's .npy files, each as one field: the first axis counts the samples, the others are
/// the row shape. Rows are read from the file when they are wanted. Types that no tensor has (u1,
/// i1, u2, i2) need `as` and are converted when they are read, as are others if `as` is not their
/// own type (see conversion()); booleans (b1) are checked when read.
///
/// Throws UsageError if no field is named; FileError if a file cannot be read; DataError if it is
/// no .npy file of version 1 to 3, its header is malformed, its array is in Fortran order, big
/// endian, of another type or has none or no first axis, no samples, its type is no dtype and `as`
/// is not set, it cannot be read as `as`, the file is longer or shorter than its header says, or
/// the arrays have different numbers of samples. Reading a sample throws DataError if a value
/// cannot be had in the dtype asked for, or a boolean is not 0 or 1.
[[nodiscard]] Dataset read_npy(const std::vector<NpyField>& fields);

/// A pipeline over .npy files: `fg::npy({{"x", "x.npy"}, {"label", "y.npy"}}).batch(128)`.
[[nodiscard]] Pipeline npy(const std::vector<NpyField>& fields);

}  // namespace foregraph
