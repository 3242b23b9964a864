#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/detail/diagnose/findings/pooled_chi_square.hpp>

namespace foregraph {

/// Tests whether the targets of batches vary as in batches drawn at random: the counterpart of
/// ClassMix for regression.
///
/// The mean of B values drawn without replacement from N, with mean mu and variance sigma^2
/// (divided by N), has the expectation mu and the variance
///
///     V = sigma^2 / B * (N-B) / (N-1)
///
/// (Cochran, Sampling Techniques, 1977, theorem 2.2; his S^2 is sigma^2 N/(N-1)). So T = (mean -
/// mu)^2 / V has expectation exactly 1. Since the mean is nearly normal, T is nearly a chi-square
/// with one degree of freedom and has variance 2 + kappa, where kappa is the excess kurtosis of the
/// mean: that of the values divided by B. Pooled over batches; see PooledChiSquare.
///
/// With heavy-tailed values this would only test where the few large ones are, and no sample
/// estimates their kurtosis reliably. So each value is replaced by its rank in the population (the
/// mean rank for ties), which is uniform in [0,1] with kappa = -1.2/B; sorted values have sorted
/// ranks. The dependence between batches is as in ClassMix. Construction takes O(N log N), a batch
/// O(B log N).
class BatchMeans {
 public:
  /// `population` holds the values of an epoch, or an even sample of them; the epoch has `samples`
  /// samples. NaN counts as the largest value.
  BatchMeans(std::vector<double> population, std::int64_t samples, std::int64_t batch_size);

  /// Returns whether a verdict is possible: values differ, and there is more than one batch.
  [[nodiscard]] bool possible() const { return variance_ > 0 && batch_size_ < samples_; }
  /// Adds the next batch of the epoch, including a shorter last one.
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
