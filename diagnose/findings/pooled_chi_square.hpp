#pragma once

#include <cstdint>

namespace foregraph {

/// Statistics that follow a chi-square distribution if all is well, pooled to one verdict.
///
/// Z = (sum X2 - sum df) / sqrt(sum Var X2) is compared with 6 on both sides. For few degrees of
/// freedom the upper tail of a chi-square is much heavier than the normal's: with one, Z > 6 comes
/// by chance once in 500. So the upper side alarms only if the cube-root transform of Wilson and
/// Hilferty (The distribution of chi-square, 1931), which is near normal from one degree of freedom
/// on, is above 6 as well. The lower tail is lighter than the normal's, Z alone is careful enough.
class PooledChiSquare {
 public:
  /// The limit for Z, on both sides.
  static constexpr double alarm_limit = 6;

  /// Adds a statistic with its expectation `degrees`, above 0, and its variance (2 * degrees for a
  /// true chi-square).
  void add(double statistic, double degrees, double variance) {
    sum_ += statistic;
    degrees_ += degrees;
    variance_ += variance;
    ++count_;
  }
  /// The factor by which the variance of the sum is larger because the statistics depend on one
  /// another, as those of batches that make up a whole data set do.
  void set_dependence(double factor) { dependence_ = factor; }

  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }
  /// What mean() is expected to be.
  [[nodiscard]] double expected_mean() const {
    return count_ > 0 ? degrees_ / static_cast<double>(count_) : 0;
  }
  /// The pooled Z; 0 as long as nothing was added.
  [[nodiscard]] double z() const;
  /// The normal deviate by Wilson and Hilferty's transform, with as many degrees of freedom as have
  /// the same variance.
  [[nodiscard]] double cube_root_z() const;
  /// Samples are more alike within a batch than by chance: the order is not random.
  [[nodiscard]] bool too_uneven() const { return z() > alarm_limit && cube_root_z() > alarm_limit; }
  /// Batches are more alike than by chance: the order was balanced on purpose.
  [[nodiscard]] bool too_even() const { return z() < -alarm_limit; }

 private:
  double sum_ = 0;
  double degrees_ = 0;
  double variance_ = 0;
  double dependence_ = 1;
  std::int64_t count_ = 0;
};

}  // namespace foregraph
