#pragma once

// Mean and variance of many features in one pass, by Welford's update (Note on a Method for
// Calculating Corrected Sums of Squares and Products, Technometrics 1962). Partial results are
// merged by the pairwise formula of Chan, Golub and LeVeque (Updating Formulae and a Pairwise
// Algorithm for Computing Sample Variances, 1979). Unlike sums of squares, these lose no precision
// when the mean is large compared with the deviation. O(1) per value; 16 bytes per feature.

#include <cstdint>
#include <span>
#include <vector>

namespace foregraph::data {

class RunningMoments {
 public:
  explicit RunningMoments(std::size_t features) : mean_(features), squares_(features) {}

  /// Adds one value of each feature.
  template <class T>
  void add(const T* values) {
    ++count_;
    const double weight = 1.0 / static_cast<double>(count_);
    double* mean = mean_.data();
    double* squares = squares_.data();
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double x = static_cast<double>(values[i]);
      const double distance = x - mean[i];
      mean[i] += distance * weight;
      squares[i] += distance * (x - mean[i]);
    }
  }

  /// Adds all values that were added to `other`.
  void merge(const RunningMoments& other) {
    if (other.count_ == 0) return;
    const auto before = static_cast<double>(count_);
    const auto more = static_cast<double>(other.count_);
    count_ += other.count_;
    const double share = more / static_cast<double>(count_);
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double distance = other.mean_[i] - mean_[i];
      mean_[i] += distance * share;
      squares_[i] += other.squares_[i] + distance * distance * (before * share);
    }
  }

  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] double mean(std::size_t feature) const { return mean_[feature]; }
  /// Returns the mean squared distance from the mean (divided by n, not by n - 1).
  [[nodiscard]] double variance(std::size_t feature) const {
    return count_ == 0 ? 0 : squares_[feature] / static_cast<double>(count_);
  }

 private:
  std::int64_t count_ = 0;
  std::vector<double> mean_;
  std::vector<double> squares_;  ///< sums of squared distances from the mean
};

}  // namespace foregraph::data
