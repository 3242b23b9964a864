#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/pipeline/image_size.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::data {

// Augmentations for Pipeline::map(), drawn anew for each epoch:
//
//     auto train = fg::data::from(images).shuffle(42).batch(128)
//                      .map(fg::data::flip_horizontal("x"))
//                      .convert<float, float>("x", {28, 28, 1}, fg::data::random_crop("x", {28,
//                      28}, 2)) .map(fg::data::gaussian_noise("x", 0.05));
//
// Images have the row shape {height, width, channels} or {height, width}. Randomness depends only
// on the pipeline's seed, the epoch, the sample, the kind of augmentation and its `use`, not on the
// number of workers or the batch size. `use` defaults to the name of the field, so augmentations of
// different fields are independent. Augmentations of the same kind and `use` draw the same numbers:
// `.map(flip_horizontal("x", 0.5, 1)).map(flip_horizontal("mask", 0.5, 1))` flips an image and its
// mask together, while two of the same kind on one field need different values of `use`. All of
// them throw UsageError at once for an invalid argument, and at the first sample if the field does
// not exist, is not an image, has an unsupported type, or has a type in which a given number would
// be infinite.

/// The `use` argument of Sample::random_seed().
using RandomUse = std::optional<std::uint64_t>;

/// Mirrors an image of any type left to right, or upside down, with `probability`.
[[nodiscard]] FOREGRAPH_EXPORT Transform flip_horizontal(std::string field,
                                                         double probability = 0.5,
                                                         RandomUse use = {});
/// Mirrors an image of any type upside down, with `probability`.
[[nodiscard]] FOREGRAPH_EXPORT Transform flip_vertical(std::string field, double probability = 0.5,
                                                       RandomUse use = {});

/// Adds normal noise with mean 0 and the given standard deviation (in units of the field) to each
/// element of an f32 or f64 field of any shape. About 20 ns per element.
[[nodiscard]] FOREGRAPH_EXPORT Transform gaussian_noise(std::string field, double deviation,
                                                        RandomUse use = {});

/// Sets a rectangle to `value`, with `probability`. Its centre is uniform over the image, so part
/// of it may lie outside (DeVries and Taylor, Improved Regularization of Convolutional Neural
/// Networks with Cutout, 2017). For f32 and f64.
[[nodiscard]] FOREGRAPH_EXPORT Transform cutout(std::string field, ImageSize size,
                                                double probability = 1, double value = 0,
                                                RandomUse use = {});

/// Computes (x - mean) / deviation along the last dimension with known constants, such as those a
/// model was trained with; Preprocessing::standardize() fits them to the data. A single number
/// applies to all channels. For f32 and f64.
[[nodiscard]] FOREGRAPH_EXPORT Transform normalise(std::string field, std::vector<double> mean,
                                                   std::vector<double> deviation);

/// Cuts out part of an image; for Pipeline::convert<T, T>(field, {height, width, channels}, ...)
/// where T is float, double, std::int32_t or std::int64_t.
class FOREGRAPH_EXPORT Crop {
 public:
  /// Writes the part of the image `from` to `to`.
  void operator()(Sample& sample, std::span<const float> from, std::span<float> to) const;
  /// Writes the part of an f64 image.
  void operator()(Sample& sample, std::span<const double> from, std::span<double> to) const;
  /// Writes the part of an i32 image.
  void operator()(Sample& sample, std::span<const std::int32_t> from,
                  std::span<std::int32_t> to) const;
  /// Writes the part of an i64 image.
  void operator()(Sample& sample, std::span<const std::int64_t> from,
                  std::span<std::int64_t> to) const;

 private:
  friend Crop random_crop(std::string, ImageSize, std::int64_t, RandomUse);
  friend Crop centre_crop(std::string, ImageSize);
  Crop(std::string field, ImageSize size, std::int64_t padding, RandomUse use, bool random);
  template <class T>
  void cut(Sample& sample, std::span<const T> from, std::span<T> to) const;

  std::string field_;
  ImageSize size_;
  std::int64_t padding_;
  std::uint64_t use_;
  bool random_;
};

/// Returns a crop of the given size at a uniformly random position in the image, which is padded
/// with `padding` zeros on each side.
[[nodiscard]] FOREGRAPH_EXPORT Crop random_crop(std::string field, ImageSize size,
                                                std::int64_t padding = 0, RandomUse use = {});
/// Returns a crop of the centre; if it cannot be exact, it is one pixel further up or left.
[[nodiscard]] FOREGRAPH_EXPORT Crop centre_crop(std::string field, ImageSize size);

}  // namespace foregraph::data
