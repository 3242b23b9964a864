#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph {

struct NpzField {
  std::string name;
  /// Its name in the file, without ".npy"; empty if it is that of the field.
  std::string array = {};
  /// The dtype of the field. Not set, it is that of the array.
  std::optional<DType> as = {};
};

/// Reads arrays of one of NumPy's .npz files, each as one field, as read_npy() does. What
/// numpy.savez() wrote is read from the file when it is wanted (without its checksums); what
/// numpy.savez_compressed() wrote is unpacked into memory, the arrays that are named only.
///
/// Throws as read_npy(), and DataError if the file is no zip archive, an array is not in it, or it
/// is encrypted, packed in another way than these two, broken or larger than the file can hold.
[[nodiscard]] Dataset read_npz(const std::filesystem::path& path,
                               const std::vector<NpzField>& fields);

/// A pipeline over them: `fg::npz("mnist.npz", {{"x", "x_train", fg::f32}, {"label", "y_train",
/// fg::i32}}).shuffle(42).batch(128)`.
[[nodiscard]] Pipeline npz(const std::filesystem::path& path, const std::vector<NpzField>& fields);

}  // namespace foregraph
