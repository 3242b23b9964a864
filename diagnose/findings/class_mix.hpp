#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <foregraph/detail/diagnose/findings/pooled_chi_square.hpp>

namespace foregraph {

/// Tests whether batches have the class mix expected of random draws without replacement.
///
/// For a batch of B out of N samples with class shares p_k and counts c_k, Pearson's statistic with
/// the finite-population factor (the covariance of the multivariate hypergeometric distribution),
///
///     X2 = (N-1)/(N-B) * sum_k (c_k - B p_k)^2 / (B p_k),
///
/// has expectation exactly K-1. Pooled over batches; see PooledChiSquare. Three measures make the
/// normal approximation hold for any batch size and any number of classes:
///
/// - neighbouring classes are pooled into cells with at least `least_expected` expected samples per
///   batch; if that leaves only one cell, several consecutive batches are merged;
/// - X2 has the variance of finite counts, 2(K-1) + (sum_k 1/p_k - K^2 - 2K + 2)/B (Haldane, 1937),
///   with B replaced by N-B where that is smaller, as both give the same X2;
/// - the batches of one epoch add up to the whole data set, so their deviations have the
///   correlation -1/(M-1), M = N/B, and their squares about 1/(M-1)^2.
///
/// A batch of all samples carries no information and is left out, as are classes without samples. A
/// batch takes O(B + K).
class ClassMix {
 public:
  static constexpr double least_expected = 2;

  /// An epoch delivers `class_counts[k]` samples of class k, in batches of `batch_size`.
  ClassMix(std::span<const std::int64_t> class_counts, std::int64_t batch_size);

  /// Returns whether a verdict is possible: at least two classes, and more than one batch.
  [[nodiscard]] bool possible() const { return cells_ > 1 && batch_size_ < samples_; }
  /// Adds the next batch of the epoch by the labels of its samples, including a shorter last one.
  /// Labels outside the classes are ignored. Returns true if the pooled verdict was updated.
  bool add_batch(std::span<const std::int64_t> labels);

  [[nodiscard]] const PooledChiSquare& pooled() const { return pooled_; }
  /// Number of cells after pooling, and of batches merged into one.
  [[nodiscard]] std::int64_t cells() const { return cells_; }
  [[nodiscard]] std::int64_t batches_in_one() const { return batches_in_one_; }
  [[nodiscard]] std::int64_t batches() const { return batches_; }
  /// Return the mean over batches of the share of their most frequent class, and the largest class
  /// share in the data.
  [[nodiscard]] double mean_largest_share() const;
  [[nodiscard]] double largest_share() const;

 private:
  void finish_window();

  std::vector<std::int64_t> cell_of_;       ///< by class
  std::vector<std::int64_t> cell_samples_;  ///< in all of the data
  std::vector<std::int64_t> class_samples_;
  std::vector<std::int64_t> counts_;        ///< of the current window, by cell
  std::vector<std::int64_t> batch_counts_;  ///< of the current batch, by class
  std::int64_t samples_ = 0;
  std::int64_t batch_size_ = 0;
  std::int64_t cells_ = 0;
  std::int64_t batches_in_one_ = 1;
  std::int64_t in_window_ = 0;  ///< samples
  std::int64_t batches_in_window_ = 0;
  std::int64_t batches_ = 0;
  double sum_of_largest_shares_ = 0;
  PooledChiSquare pooled_;
};

}  // namespace foregraph
