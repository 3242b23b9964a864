#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/findings/batch_means.hpp>
#include <utility>

namespace foregraph {
namespace {

/// Orders NaN last, so that the order is total.
bool before(double a, double b) {
  if (std::isnan(a)) return false;
  return std::isnan(b) || a < b;
}

}  // namespace

BatchMeans::BatchMeans(std::vector<double> population, std::int64_t samples,
                       std::int64_t batch_size)
    : sorted_(std::move(population)), samples_(samples), batch_size_(batch_size) {
  std::sort(sorted_.begin(), sorted_.end(), before);
  if (sorted_.empty()) return;
  mean_ = 0.5;  // of mean ranks, regardless of ties
  double fourth = 0;
  for (std::size_t i = 0; i < sorted_.size();) {
    std::size_t end = i + 1;
    while (end < sorted_.size() && !before(sorted_[i], sorted_[end])) ++end;
    const auto n = static_cast<double>(sorted_.size());
    const double off = static_cast<double>(i + end) / (2 * n) - mean_;
    const double weight = static_cast<double>(end - i) / n;
    variance_ += weight * off * off;
    fourth += weight * off * off * off * off;
    i = end;
  }
  if (variance_ > 0) excess_kurtosis_ = fourth / (variance_ * variance_) - 3;
}

double BatchMeans::rank_of(double value) const {
  const auto [first, last] = std::equal_range(sorted_.begin(), sorted_.end(), value, before);
  return static_cast<double>((first - sorted_.begin()) + (last - sorted_.begin())) /
         (2 * static_cast<double>(sorted_.size()));
}

void BatchMeans::add_batch(std::span<const double> values) {
  const auto n = static_cast<double>(samples_);
  const auto b = static_cast<double>(values.size());
  if (!possible() || values.empty() || b >= n) return;
  ++batches_;
  double sum = 0;
  for (const double value : values) sum += rank_of(value);
  const double off = sum / b - mean_;
  const double variance_of_mean = variance_ / b * (n - b) / (n - 1);
  // If nearly all values are equal, only the others are informative.
  const double drawn = std::min(b, n - b);
  if (drawn * std::min(1.0, 12 * variance_) < 4) return;
  pooled_.add(off * off / variance_of_mean, 1, std::max(2 + excess_kurtosis_ / drawn, 0.5));
  const auto whole = static_cast<double>(batch_size_);
  const double correlation = std::min(1.0, whole / (n - whole));
  pooled_.set_dependence(1 + static_cast<double>(pooled_.count() - 1) * correlation * correlation);
}

}  // namespace foregraph
