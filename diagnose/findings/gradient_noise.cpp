#include <cmath>
#include <foregraph/detail/diagnose/findings/gradient_noise.hpp>

namespace foregraph {
namespace {

struct Moments {
  double squared_gradient;
  double variance_of_batch;
};

/// Returns the moments from m batches with mean squared norm `mean_norm`, whose mean has the
/// squared norm `of_mean`.
Moments moments_of(double m, double mean_norm, double of_mean) {
  return {(m * of_mean - mean_norm) / (m - 1), (mean_norm - of_mean) * m / (m - 1)};
}

/// Returns the 97.5 % quantile of Student's t by Cornish and Fisher's expansion (1938), within 1 %
/// for at least 3 degrees of freedom.
double student_quantile(double degrees) {
  const double z = 1.959964;
  const double z3 = z * z * z;
  const double z5 = z3 * z * z;
  return z + (z3 + z) / (4 * degrees) + (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees * degrees) +
         (3 * z5 * z * z + 19 * z5 + 17 * z3 - 15 * z) / (384 * degrees * degrees * degrees);
}

}  // namespace

NoiseScale GradientNoise::estimate() const {
  NoiseScale result;
  const auto m = static_cast<double>(squared_norms_.size());
  result.samples = batch_size_ * static_cast<std::int64_t>(squared_norms_.size());
  if (squared_norms_.size() < 4) {
    result.reason = "fewer than four batches were measured";
    return result;
  }
  double mean_norm = 0;
  double of_mean = 0;
  for (std::size_t i = 0; i < squared_norms_.size(); ++i) {
    mean_norm += squared_norms_[i] / m;
    of_mean += dots_[i] / m;
  }
  if (!std::isfinite(mean_norm) || !std::isfinite(of_mean)) {
    result.reason = "a gradient is not finite";
    return result;
  }
  if (mean_norm <= 0) {
    result.reason = "all gradients are zero";
    return result;
  }
  const Moments all = moments_of(m, mean_norm, of_mean);
  result.squared_gradient = all.squared_gradient;
  result.variance = all.variance_of_batch * static_cast<double>(batch_size_);
  bool usable = all.squared_gradient > 0 && all.variance_of_batch > 0;

  // Of the logarithms, each leaving out one batch.
  double mean = 0;
  double squares = 0;  // Welford's
  double gradient_squares = 0;
  for (std::size_t i = 0; usable && i < squared_norms_.size(); ++i) {
    const double rest = m - 1;
    const double norm = (m * mean_norm - squared_norms_[i]) / rest;
    const double squared_mean =
        (m * m * of_mean - 2 * m * dots_[i] + squared_norms_[i]) / (rest * rest);
    const Moments without = moments_of(rest, norm, squared_mean);
    usable = without.squared_gradient > 0 && without.variance_of_batch > 0;
    if (!usable) break;
    const double log_ratio = std::log(without.variance_of_batch / without.squared_gradient);
    const double off = log_ratio - mean;
    mean += off / static_cast<double>(i + 1);
    squares += off * (log_ratio - mean);
    const double shift = without.squared_gradient - all.squared_gradient;
    gradient_squares += shift * shift;
  }
  // Without a gradient, |G|^2 is positive by chance half of the time.
  const double error = std::sqrt((m - 1) / m * gradient_squares);
  usable = usable && all.squared_gradient > least_errors * error;
  if (!usable) {
    result.reason = all.variance_of_batch > 0 ? "too few samples to tell the gradient from noise"
                                              : "the gradients of all batches are the same";
    return result;
  }
  const double deviation = std::sqrt((m - 1) / m * squares);
  const double factor = std::exp(student_quantile(m - 1) * deviation);
  result.scale = result.variance / result.squared_gradient;
  result.low = result.scale / factor;
  result.high = result.scale * factor;
  result.resolved = factor * factor <= widest_interval;
  if (!result.resolved)
    result.reason = "too few samples: the interval spans a factor of more than 16";
  return result;
}

}  // namespace foregraph
