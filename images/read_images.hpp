#pragma once

// Not part of <foregraph/foregraph.hpp>: programs that include this link foregraph::images.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/pipeline/image_size.hpp>

namespace foregraph {

struct ImageOptions {
  /// 3 for red, green and blue, 1 for grey. Grey files are repeated; of coloured ones the luma is
  /// taken, 0.299 R + 0.587 G + 0.114 B.
  std::int64_t channels = 3;
  /// Gives every image this size; else all must have the same. See read_images().
  std::optional<ImageSize> size = {};
  /// Values from 0 to 1 instead of 0 to 255.
  bool scale = true;
  /// A file that claims more is refused: some kilobytes can claim to be gigabytes of pixels. A
  /// worker needs up to about ten bytes of memory for each, and the file's.
  std::int64_t max_pixels = 100'000'000;
};

/// The classes of a folder of images, in the order of their labels: the names of its sub-folders,
/// sorted by their bytes. Hidden ones (".git") are left out. Throws DataError if there is none.
[[nodiscard]] std::vector<std::string> image_classes(const std::filesystem::path& folder);

/// PNG and JPEG files in a sub-folder for each class:
///
///     flowers/rose/1.jpg  flowers/rose/2.png  flowers/tulip/1.jpg
///
///     const fg::Dataset data = fg::read_images("flowers", {.size = fg::ImageSize{224, 224}});
///     auto pipeline = fg::from(data).shuffle(42).workers(4).batch(32).prefetch(2);
///
/// Gives the fields "x" (f32, {height, width, channels}) and "label" (i32, the number of the class
/// in image_classes()); samples are sorted by class and path. Files may also lie deeper in a class,
/// in folders of any name, and symbolic links are followed; files that do not end in .png, .jpg or
/// .jpeg, and hidden ones, are passed over. A file is
/// decoded when its "x" is read, by any number of threads at once, so that data may be larger than
/// memory.
///
/// With ImageOptions::size, the largest centred part of the same proportions is cut out and resized
/// by a triangle filter, which is bilinear interpolation and, for smaller results, a weighted mean
/// of all pixels that each result covers; JPEG files of more than four times the result's height
/// and width are first decoded at 1/2, 1/4 or 1/8, to at least twice the result. Without, the
/// header of every file is read at the start.
///
/// Values are those that the file stores, as PIL's convert("RGB") gives them: transparency is
/// dropped, of 16 bits the upper 8 are taken, and neither gAMA, colour profiles nor the orientation
/// that a camera notes in a file's metadata are applied. Of an animated PNG the still image is
/// taken.
///
/// Throws UsageError for channels other than 1 or 3 or sizes that are not positive; DataError if
/// there is no class, an image lies in no class, a class has no image, a symbolic link leads
/// nowhere or around, or images differ in size (a file of each is named). When read, a file that is
/// broken, cut short, neither PNG nor JPEG, of more than max_pixels, or of another size than at the
/// start is a DataError that names it.
[[nodiscard]] Dataset read_images(const std::filesystem::path& folder,
                                  const ImageOptions& options = {});

}  // namespace foregraph
