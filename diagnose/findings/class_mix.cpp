#include <algorithm>
#include <cmath>
#include <foregraph/detail/diagnose/findings/class_mix.hpp>
#include <numeric>

namespace foregraph {

ClassMix::ClassMix(std::span<const std::int64_t> class_counts, std::int64_t batch_size)
    : class_samples_(class_counts.begin(), class_counts.end()),
      batch_counts_(class_counts.size(), 0),
      batch_size_(batch_size) {
  samples_ = std::accumulate(class_counts.begin(), class_counts.end(), std::int64_t{0});
  cell_of_.assign(class_counts.size(), -1);
  if (samples_ == 0 || batch_size < 1 || batch_size >= samples_) return;
  const auto n = static_cast<double>(samples_);
  const auto largest =
      static_cast<double>(*std::max_element(class_counts.begin(), class_counts.end()));
  if (largest >= n) return;  // one class

  // Make windows large enough for two cells, the largest class and all others, provided that an
  // epoch still has at least two windows.
  const double rest_share = 1 - largest / n;
  const double needed = std::ceil(least_expected / (rest_share * static_cast<double>(batch_size)));
  batches_in_one_ = std::max<std::int64_t>(1, static_cast<std::int64_t>(needed));
  if (batches_in_one_ * batch_size * 2 > samples_) batches_in_one_ = 1;
  const std::int64_t window = batches_in_one_ * batch_size;
  const double drawn = static_cast<double>(std::min(window, samples_ - window));

  double in_cell = 0;
  cell_samples_.push_back(0);
  double left = n;
  for (std::size_t k = 0; k < class_counts.size(); ++k) {
    if (class_counts[k] == 0) continue;
    const auto count = static_cast<double>(class_counts[k]);
    // Start a new cell only if both the current cell and the remaining classes are large enough.
    if (in_cell * drawn / n >= least_expected && left * drawn / n >= least_expected) {
      cell_samples_.push_back(0);
      in_cell = 0;
    }
    cell_of_[k] = static_cast<std::int64_t>(cell_samples_.size()) - 1;
    cell_samples_.back() += class_counts[k];
    in_cell += count;
    left -= count;
  }
  // Small classes on both sides of a large one form two cells: the large class and the others.
  if (cell_samples_.size() == 1 && rest_share * drawn >= least_expected) {
    const auto large = static_cast<std::size_t>(
        std::max_element(class_counts.begin(), class_counts.end()) - class_counts.begin());
    for (std::size_t k = 0; k < class_counts.size(); ++k)
      if (cell_of_[k] >= 0) cell_of_[k] = k == large ? 0 : 1;
    cell_samples_ = {class_counts[large], samples_ - class_counts[large]};
  }
  cells_ = static_cast<std::int64_t>(cell_samples_.size());
  counts_.assign(cell_samples_.size(), 0);
}

bool ClassMix::add_batch(std::span<const std::int64_t> labels) {
  if (!possible() || labels.empty()) return false;
  std::int64_t largest = 0;
  for (const std::int64_t label : labels) {
    if (label < 0 || label >= static_cast<std::int64_t>(cell_of_.size())) continue;
    const auto k = static_cast<std::size_t>(label);
    largest = std::max(largest, ++batch_counts_[k]);
    if (cell_of_[k] >= 0) ++counts_[static_cast<std::size_t>(cell_of_[k])];
  }
  for (const std::int64_t label : labels)
    if (label >= 0 && label < static_cast<std::int64_t>(cell_of_.size()))
      batch_counts_[static_cast<std::size_t>(label)] = 0;
  ++batches_;
  sum_of_largest_shares_ += static_cast<double>(largest) / static_cast<double>(labels.size());
  in_window_ += static_cast<std::int64_t>(labels.size());
  if (++batches_in_window_ < batches_in_one_) return false;
  finish_window();
  return true;
}

void ClassMix::finish_window() {
  const auto n = static_cast<double>(samples_);
  const auto b = static_cast<double>(in_window_);
  const auto k = static_cast<double>(cells_);
  if (in_window_ < samples_) {
    double sum = 0;
    double inverse_shares = 0;
    double least = b;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      const double expected = b * static_cast<double>(cell_samples_[i]) / n;
      const double off = static_cast<double>(counts_[i]) - expected;
      sum += off * off / expected;
      inverse_shares += n / static_cast<double>(cell_samples_[i]);
      least = std::min(least, std::min(expected, expected * (n - b) / b));
    }
    // A tail of a few samples would bring back the heavy tails that pooling removed.
    if (least >= least_expected / 2) {
      const double drawn = std::min(b, n - b);
      const double variance =
          std::max(2 * (k - 1) + (inverse_shares - k * k - 2 * k + 2) / drawn, (k - 1) / 2);
      pooled_.add((n - 1) / (n - b) * sum, k - 1, variance);
      const auto window =
          static_cast<double>(batches_in_one_ * batch_size_);  // not of a short tail
      const double correlation = std::min(1.0, window / (n - window));
      pooled_.set_dependence(1 +
                             static_cast<double>(pooled_.count() - 1) * correlation * correlation);
    }
  }
  std::fill(counts_.begin(), counts_.end(), 0);
  in_window_ = 0;
  batches_in_window_ = 0;
}

double ClassMix::mean_largest_share() const {
  return batches_ > 0 ? sum_of_largest_shares_ / static_cast<double>(batches_) : 0;
}

double ClassMix::largest_share() const {
  if (samples_ == 0) return 0;
  return static_cast<double>(*std::max_element(class_samples_.begin(), class_samples_.end())) /
         static_cast<double>(samples_);
}

}  // namespace foregraph
