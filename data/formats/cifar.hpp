#pragma once

#include <string>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/formats/file_paths.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::data {

/// Which of CIFAR-100's two labels to read.
enum class CifarLabel {
  fine,    ///< 100 classes
  coarse,  ///< 20 groups of classes
};

/// How to read CIFAR's files.
struct CifarOptions {
  std::string images = "x";      ///< name of the field of images
  std::string labels = "label";  ///< name of the field of labels
  /// For CIFAR-100 only.
  CifarLabel label = CifarLabel::fine;
  /// Divisor of the image bytes, which are read as f32; 1 keeps 0 to 255.
  float divisor = 255;
};

/// Read CIFAR-10's or CIFAR-100's binary files as one data set, in the given order. Images are f32
/// {32, 32, 3} (row, column, channel, although the files store channels first) between 0 and 1;
/// labels are i32. Samples are read and converted on demand.
///
/// Throw FileError if a file cannot be read; DataError if a file is empty, is not a whole number of
/// records (3073 bytes for CIFAR-10, 3074 for CIFAR-100), or its first label is not a valid class;
/// UsageError if there are no files or the divisor is not positive and finite. Reading a sample
/// throws DataError if its label is not a valid class.
[[nodiscard]] FOREGRAPH_EXPORT Dataset read_cifar10(const FilePaths& paths,
                                                    const CifarOptions& options = {});
/// Reads CIFAR-100's binary files as one data set; see read_cifar10().
[[nodiscard]] FOREGRAPH_EXPORT Dataset read_cifar100(const FilePaths& paths,
                                                     const CifarOptions& options = {});

/// Return a pipeline over the files: `fg::data::cifar10({"data_batch_1.bin",
/// "data_batch_2.bin"}).batch(128)`.
[[nodiscard]] FOREGRAPH_EXPORT Pipeline cifar10(const FilePaths& paths,
                                                const CifarOptions& options = {});
/// Returns a pipeline over CIFAR-100's binary files; see cifar10().
[[nodiscard]] FOREGRAPH_EXPORT Pipeline cifar100(const FilePaths& paths,
                                                 const CifarOptions& options = {});

}  // namespace foregraph::data
