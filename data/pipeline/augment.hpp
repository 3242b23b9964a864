#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/data/pipeline/image_size.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph {

// Augmentations for Pipeline::map(), random in each epoch anew:
//
//     auto train = fg::from(images).shuffle(42).batch(128)
//                      .map(fg::flip_horizontal("x"))
//                      .convert<float, float>("x", {28, 28, 1}, fg::random_crop("x", {28, 28}, 2))
//                      .map(fg::gaussian_noise("x", 0.05));
//
// Images have the row shape {height, width, channels} or {height, width}. What is random is a
// function of the pipeline's seed, the epoch, the sample, the kind of the augmentation and its
// `use`: the same for any number of workers and batch size. Without `use`, the name of the field
// stands for it, so that augmentations of different fields are independent. Those of one kind and
// the same `use` draw the same numbers: an image and its mask are flipped together by
// `.map(flip_horizontal("x", 0.5, 1)).map(flip_horizontal("mask", 0.5, 1))`, and two of one kind on
// one field need different ones. All throw UsageError at once for an argument that makes no sense,
// and for the first sample if the field is not there, is no image, is of a type they are not for,
// or of one in which a number given to them would be infinite.

/// As Sample::random_seed's `use`.
using RandomUse = std::optional<std::uint64_t>;

/// Mirrors an image of any type from left to right, or upside down, with `probability`.
[[nodiscard]] Transform flip_horizontal(std::string field, double probability = 0.5,
                                        RandomUse use = {});
[[nodiscard]] Transform flip_vertical(std::string field, double probability = 0.5,
                                      RandomUse use = {});

/// Adds to each element of an f32 or f64 field of any shape a normal number of mean 0 and this
/// deviation (in the unit of the field). About 20 ns an element.
[[nodiscard]] Transform gaussian_noise(std::string field, double deviation, RandomUse use = {});

/// Sets a rectangle to `value`, with `probability`; its centre is anywhere, so that part of it may
/// be outside (DeVries and Taylor, Improved Regularization of Convolutional Neural Networks with
/// Cutout, 2017). For f32 and f64.
[[nodiscard]] Transform cutout(std::string field, ImageSize size, double probability = 1,
                               double value = 0, RandomUse use = {});

/// (x - mean) / deviation by the last dimension, with constants that are known, such as those a
/// model was trained with; Preprocessing::standardize() takes them from the data. One number is for
/// all channels. For f32 and f64.
[[nodiscard]] Transform normalise(std::string field, std::vector<double> mean,
                                  std::vector<double> deviation);

/// For Pipeline::convert<T, T>(field, {height, width, channels}, ...): cuts a part of an image out.
/// T is float, double, std::int32_t or std::int64_t.
class Crop {
 public:
  void operator()(Sample& sample, std::span<const float> from, std::span<float> to) const;
  void operator()(Sample& sample, std::span<const double> from, std::span<double> to) const;
  void operator()(Sample& sample, std::span<const std::int32_t> from,
                  std::span<std::int32_t> to) const;
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

/// A part of this size, anywhere in the image with `padding` zeros around it (each place as
/// likely).
[[nodiscard]] Crop random_crop(std::string field, ImageSize size, std::int64_t padding = 0,
                               RandomUse use = {});
/// The middle; one pixel further up or left where it cannot be exact.
[[nodiscard]] Crop centre_crop(std::string field, ImageSize size);

}  // namespace foregraph
