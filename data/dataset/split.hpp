#pragma once

#include <cstdint>
#include <string>

#include <foregraph/detail/data/dataset/dataset.hpp>

namespace foregraph {

struct SplitOptions {
  /// The share of the samples that goes to validation, above 0 and below 1. Rounded to the nearest
  /// number of samples.
  double validation = 0.2;
  /// The same seed gives the same split, on every machine.
  std::uint64_t seed = 1;
  /// The field or text whose values are the classes. If there is none, classes are not looked at.
  std::string label = "label";
  /// Give both sides the same share of each class, within one sample per class.
  bool stratify = false;
};

struct Split {
  Dataset training;
  Dataset validation;
};

/// Shuffles the samples and parts them in two: each sample is on exactly one side, in shuffled
/// order. The sides share the rows of `data` and take 8 bytes per sample.
///
///     auto [training, validation] = fg::split(data, {.validation = 0.1, .stratify = true});
///     auto pipeline = fg::from(training).shuffle(42).batch(128);
///
/// Of each sample only the label is read, O(n). With `stratify`, a class of n samples sends
/// validation * n, rounded down or up, to validation, so that the total is the same as without (the
/// largest remainders are rounded up: Hamilton's method); the only sample of a class stays in
/// training as long as others can go.
///
/// Throws UsageError for a share that is not between 0 and 1. Throws DataError if a side would have
/// no sample, or only samples of one class while the data has more (integer, boolean and text
/// labels, and floating-point ones of at most 64 distinct values); and, under `stratify`, if there
/// is no such field or text or it is floating-point with more distinct values.
[[nodiscard]] Split split(const Dataset& data, const SplitOptions& options = {});

}  // namespace foregraph
