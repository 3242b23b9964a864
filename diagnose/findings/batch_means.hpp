#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/detail/diagnose/findings/pooled_chi_square.hpp>

namespace foregraph {

/// Tests whether the targets of batches vary as those of batches drawn at random would: the
/// counterpart of ClassMix for regression.
///
/// The mean of B values drawn without replacement from N, with mean mu and variance sigma^2
/// (divided by N), has the expectation mu and the variance
///
///     V = sigma^2 / B * (N-B) / (N-1)
///
/// (Cochran, Sampling Techniques, 1977, theorem 2.2; his S^2 is sigma^2 N/(N-1)). So T = (mean -
/// mu)^2 / V has the expectation 1 exactly, and as the mean is nearly normal, T is nearly a
/// chi-square of one degree of freedom with the variance 2 + kappa, kappa being the excess kurtosis
/// of the mean: that of the values divided by B. Pooled over batches; see PooledChiSquare.
///
/// Values with heavy tails would make that a test of where the few large ones are, with a kurtosis
/// that no sample tells reliably. So not the values are taken, but their ranks among all (the mean
/// rank where values are equal), which are uniform in [0,1], kappa = -1.2/B: a sorted order sorts
/// the ranks just the same. The dependence between batches is that of ClassMix.
/// O(N log N) to make, O(B log N) a batch.
class BatchMeans {
 public:
  /// `population`: the values of an epoch, or of an even sample of it; `samples` in the epoch. NaN
  /// counts as the largest value.
  BatchMeans(std::vector<double> population, std::int64_t samples, std::int64_t batch_size);

  /// Whether there can be a verdict: values that differ, and more than one batch.
  [[nodiscard]] bool possible() const { return variance_ > 0 && batch_size_ < samples_; }
  /// Adds the next batch of the epoch; a shorter last one, too.
  void add_batch(std::span<const double> values);

  [[nodiscard]] const PooledChiSquare& pooled() const { return pooled_; }
  [[nodiscard]] std::int64_t batches() const { return batches_; }

 private:
  [[nodiscard]] double rank_of(double value) const;

  std::vector<double> sorted_;
  double mean_ = 0;  ///< of the ranks
  double variance_ = 0;
  double excess_kurtosis_ = 0;
  std::int64_t samples_ = 0;
  std::int64_t batch_size_ = 0;
  std::int64_t batches_ = 0;
  PooledChiSquare pooled_;
};

}  // namespace foregraph
