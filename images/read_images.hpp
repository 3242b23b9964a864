#pragma once

// Not part of <foregraph/foregraph.hpp>: programs that include this link foregraph::images.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/pipeline/image_size.hpp>

namespace foregraph::data {

/// How to read a folder of images.
struct ImageOptions {
  /// 3 for red, green and blue, 1 for grey. Grey files are replicated to three channels; colour
  /// files are reduced to luma, 0.299 R + 0.587 G + 0.114 B.
  std::int64_t channels = 3;
  /// Resizes every image to this size; if not set, all must have the same size. See read_images().
  std::optional<ImageSize> size = {};
  /// Scale values to 0 to 1 instead of 0 to 255.
  bool scale = true;
  /// Files that claim more pixels are refused, since a few kilobytes can claim gigabytes of pixels.
  /// A worker needs up to about ten bytes of memory per pixel, plus the file's size.
  std::int64_t max_pixels = 100'000'000;
};

/// Returns the classes of an image folder in label order: its sub-folder names, sorted by bytes.
/// Hidden ones (".git") are ignored. Throws DataError if there is none.
[[nodiscard]] FOREGRAPH_EXPORT std::vector<std::string> image_classes(
    const std::filesystem::path& folder);

/// Reads PNG and JPEG files from one sub-folder per class:
///
///     flowers/rose/1.jpg  flowers/rose/2.png  flowers/tulip/1.jpg
///
///     const fg::data::Dataset data = fg::data::read_images("flowers", {.size =
///     fg::data::ImageSize{224, 224}}); auto pipeline =
///     fg::data::from(data).shuffle(42).workers(4).batch(32).prefetch(2);
///
/// The fields are "x" (f32, {height, width, channels}) and "label" (i32, the index of the class in
/// image_classes()); samples are sorted by class and path. Files may be nested deeper inside a
/// class, in folders of any name, and symbolic links are followed. Hidden files and files that do
/// not end in .png, .jpg or .jpeg are ignored. A file is decoded when its "x" is read, by any
/// number of threads at once, so the data may be larger than memory.
///
/// With ImageOptions::size, the largest centred region of the same proportions is cropped and
/// resized with a triangle filter: bilinear interpolation when enlarging, and a weighted mean of
/// all covered pixels when shrinking. JPEG files more than four times the result's height and width
/// are first decoded at 1/2, 1/4 or 1/8, to at least twice the result. Without ImageOptions::size,
/// the header of every file is read at the start.
///
/// Values are those stored in the file, as PIL's convert("RGB") returns them: transparency is
/// dropped, 16-bit values keep their upper 8 bits, and gAMA, colour profiles and the camera's
/// orientation tag are not applied. For an animated PNG, the still image is used.
///
/// Throws UsageError for channels other than 1 or 3, a height or width outside 1 to 65535, or
/// max_pixels below 1; DataError if there is no class, an image lies in no class, a class has no
/// image, a symbolic link is dangling or circular, or images differ in size (one file of each size
/// is named). Reading a sample throws a DataError naming the file if it is broken, truncated,
/// neither PNG nor JPEG, larger than max_pixels, or has changed size since the start.
[[nodiscard]] FOREGRAPH_EXPORT Dataset read_images(const std::filesystem::path& folder,
                                                   const ImageOptions& options = {});

}  // namespace foregraph::data
