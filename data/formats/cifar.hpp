#pragma once

#include <string>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/formats/file_paths.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph {

/// Which of CIFAR-100's two labels.
enum class CifarLabel {
  fine,    ///< of 100 classes
  coarse,  ///< of 20 groups of them
};

struct CifarOptions {
  std::string images = "x";
  std::string labels = "label";
  /// Of CIFAR-100 only.
  CifarLabel label = CifarLabel::fine;
  /// Each byte of an image is divided by this, as f32; 1 leaves 0 to 255.
  float divisor = 255;
};

/// Reads CIFAR-10's or CIFAR-100's binary files as one set, in their order: images as f32
/// {32, 32, 3} (row, column, channel, though the files hold channel by channel) between 0 and 1,
/// labels as i32. Samples are read from the files and converted when they are wanted.
///
/// Throws FileError if a file cannot be read; DataError if one is empty, is no whole number of
/// records (3073 bytes for CIFAR-10, 3074 for CIFAR-100), or its first label is none of the
/// classes; UsageError if there are no files or the divisor is not positive and finite. Reading a
/// sample throws DataError if its label is none of the classes.
[[nodiscard]] Dataset read_cifar10(const FilePaths& paths, const CifarOptions& options = {});
[[nodiscard]] Dataset read_cifar100(const FilePaths& paths, const CifarOptions& options = {});

/// A pipeline over them: `fg::cifar10({"data_batch_1.bin", "data_batch_2.bin"}).batch(128)`.
[[nodiscard]] Pipeline cifar10(const FilePaths& paths, const CifarOptions& options = {});
[[nodiscard]] Pipeline cifar100(const FilePaths& paths, const CifarOptions& options = {});

}  // namespace foregraph
