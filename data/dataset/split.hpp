#pragma once

#include <cstdint>
#include <string>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>

namespace foregraph::data {

/// How to divide a data set in two.
struct SplitOptions {
  /// Fraction of the samples used for validation, between 0 and 1 (exclusive). Rounded to the
  /// nearest number of samples.
  double validation = 0.2;
  /// Seed of the shuffle. The same seed gives the same split on every machine.
  std::uint64_t seed = 1;
  /// Field or text whose values are the classes. If it does not exist, classes are ignored.
  std::string label = "label";
  /// Give both sides the same proportion of each class, to within one sample per class.
  bool stratify = false;
};

/// The two sides of split().
struct Split {
  Dataset training;    ///< the samples to train on
  Dataset validation;  ///< the samples held back
};

/// Shuffles the samples and splits them in two. Each sample is on exactly one side, in shuffled
/// order. The sides share the rows of `data` and take 8 bytes per sample.
///
///     auto [training, validation] = fg::data::split(data, {.validation = 0.1, .stratify = true});
///     auto pipeline = fg::data::from(training).shuffle(42).batch(128);
///
/// Reads only the label of each sample, O(n). With `stratify`, a class of n samples contributes
/// validation * n samples to validation, rounded so that the total is unchanged (largest remainders
/// are rounded up: Hamilton's method). The only sample of a class stays in training as long as
/// others can be used instead.
///
/// Throws UsageError if the fraction is not between 0 and 1. Throws DataError if a side would have
/// no samples, or samples of one class only although the data has more (integer, boolean and text
/// labels, and floating-point ones with at most 64 distinct values). With `stratify`, also throws
/// DataError if the field or text does not exist, or is floating-point with more distinct values.
[[nodiscard]] FOREGRAPH_EXPORT Split split(const Dataset& data, const SplitOptions& options = {});

}  // namespace foregraph::data
