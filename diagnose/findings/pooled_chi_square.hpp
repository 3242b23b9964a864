#pragma once

#include <cstdint>

namespace foregraph {

/// Pools statistics that follow a chi-square distribution under the null hypothesis into one
/// verdict.
///
/// Z = (sum X2 - sum df) / sqrt(sum Var X2) is compared with 6 on both sides. With few degrees of
/// freedom the upper tail of a chi-square is much heavier than the normal's: with one degree, Z > 6
/// occurs by chance once in 500. So the upper side alarms only if the cube-root transform of Wilson
/// and Hilferty (The distribution of chi-square, 1931), which is nearly normal even with one degree
/// of freedom, is above 6 as well. The lower tail is lighter than the normal's, so Z alone is
/// enough.
class PooledChiSquare {
 public:
  /// The limit for Z, on both sides.
  static constexpr double alarm_limit = 6;

  /// Adds a statistic with its expectation `degrees` (above 0) and its variance (2 * degrees for a
  /// true chi-square).
  void add(double statistic, double degrees, double variance) {
    sum_ += statistic;
    degrees_ += degrees;
    variance_ += variance;
    ++count_;
  }
  /// Sets the factor by which dependence between the statistics enlarges the variance of their sum,
  /// as for batches that make up a whole data set.
  void set_dependence(double factor) { dependence_ = factor; }

  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] double mean() const { return count_ > 0 ? sum_ / static_cast<double>(count_) : 0; }
  /// Returns the expectation of mean().
  [[nodiscard]] double expected_mean() const {
    return count_ > 0 ? degrees_ / static_cast<double>(count_) : 0;
  }
  /// Returns the pooled Z; 0 if nothing was added.
  [[nodiscard]] double z() const;
  /// Returns the normal deviate by Wilson and Hilferty's transform, with the degrees of freedom
  /// that match the variance.
  [[nodiscard]] double cube_root_z() const;
  /// Returns true if samples within a batch are more alike than by chance: the order is not random.
  [[nodiscard]] bool too_uneven() const { return z() > alarm_limit && cube_root_z() > alarm_limit; }
  /// Returns true if batches are more alike than by chance: the order was balanced deliberately.
  [[nodiscard]] bool too_even() const { return z() < -alarm_limit; }

 private:
  double sum_ = 0;
  double degrees_ = 0;
  double variance_ = 0;
  double dependence_ = 1;
  std::int64_t count_ = 0;
};

}  // namespace foregraph
