#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace foregraph {

/// The simple noise scale of McCandlish and others (An Empirical Model of Large-Batch Training,
/// 2018): tr(Sigma) / |G|^2, where Sigma is the covariance of the gradients of single samples and G
/// their mean. Batches far below it average out little of the noise; batches far above it cost more
/// samples for hardly better steps. A rough guide: it changes during training, and newer work finds
/// it an unreliable proxy for the critical batch size.
struct NoiseScale {
  bool resolved = false;
  std::string reason{};  ///< why it is unresolved
  double scale = 0;      ///< in samples
  double low = 0;        ///< bounds of the 95 % interval
  double high = 0;
  double squared_gradient = 0;  ///< |G|^2, unbiased; may be negative
  double variance = 0;          ///< tr(Sigma), of single samples
  std::int64_t samples = 0;     ///< number of samples behind the estimate
};

/// Estimates the noise scale from the gradients g_i of m random batches of b samples each, at the
/// same parameters. With M = mean |g_i|^2 and A = |mean g_i|^2,
///
///     |G|^2 = (m A - M) / (m - 1),    tr(Sigma) = b m (M - A) / (m - 1)
///
/// are unbiased, and the scale is their ratio: a ratio of averages, not an average of ratios. The
/// uncertainty is the jackknife's over batches (Quenouille, 1956; Tukey, 1958), with Student's t,
/// applied to the logarithm of the ratio, which is nearly normal although the ratio itself is
/// skewed. The jackknife needs g_i . mean g besides |g_i|^2; recomputing the gradients for these
/// dot products avoids storing any gradient. The scale is unresolved if an estimate of |G|^2, with
/// all batches or without one, is not positive, if |G|^2 is less than `least_errors` of its
/// standard errors, or if the interval spans more than a factor of `widest_interval`. O(m).
class GradientNoise {
 public:
  static constexpr double widest_interval = 16;  ///< high / low
  static constexpr double least_errors = 3;

  explicit GradientNoise(std::int64_t batch_size) : batch_size_(batch_size) {}

  /// Adds a batch: |g_i|^2, and the dot product of g_i with the mean of all.
  void add_batch(double squared_norm, double dot_with_mean) {
    squared_norms_.push_back(squared_norm);
    dots_.push_back(dot_with_mean);
  }
  /// Returns the estimate; unresolved with fewer than four batches.
  [[nodiscard]] NoiseScale estimate() const;

 private:
  std::int64_t batch_size_;
  std::vector<double> squared_norms_;
  std::vector<double> dots_;
};

}  // namespace foregraph
