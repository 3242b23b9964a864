#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::data {

/// A field, and the array of an NPZ archive that holds it.
struct NpzField {
  std::string name;  ///< name of the field
  /// Name in the file, without ".npy"; if empty, the field's name.
  std::string array = {};
  /// dtype of the field. If not set, the array's type.
  std::optional<DType> as = {};
};

/// Reads arrays of one of NumPy's .npz files, each as one field, like read_npy(). Files written by
/// numpy.savez() are read on demand (without verifying checksums); from numpy.savez_compressed(),
/// only the arrays named are unpacked into memory.
///
/// Throws as read_npy(), and DataError if the file is not a zip archive, or an array is missing,
/// encrypted, compressed by another method, broken or larger than the file can hold.
[[nodiscard]] FOREGRAPH_EXPORT Dataset read_npz(const std::filesystem::path& path,
                                                const std::vector<NpzField>& fields);

/// Returns a pipeline over arrays:
/// `fg::data::npz("mnist.npz", {{"x", "x_train", fg::f32}, {"label", "y_train",
/// fg::i32}}).batch(128)`.
[[nodiscard]] FOREGRAPH_EXPORT Pipeline npz(const std::filesystem::path& path,
                                            const std::vector<NpzField>& fields);

}  // namespace foregraph::data
