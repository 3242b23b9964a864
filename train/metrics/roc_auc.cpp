// The area under the ROC curve as the statistic of Mann and Whitney (1947): the fraction of pairs
// of a positive and a negative in which the positive has the larger output, a tie counting one
// half. Both sets are sorted and traversed in parallel: O(n log n) time, 4 bytes per sample (8 just
// after the vectors have grown, 12 while they grow). The count of pairs is an integer, so the value
// does not depend on the order of the samples.

#include <algorithm>
#include <cmath>
#include <foregraph/detail/train/metrics/metrics.hpp>
#include <foregraph/detail/train/metrics/rows.hpp>
#include <vector>

namespace foregraph::metrics {
namespace {

template <class T>
struct Scores {
  std::vector<T> positives;
  std::vector<T> negatives;

  /// Returns the area; NaN unless there are both positives and negatives.
  [[nodiscard]] double area() {
    if (positives.empty() || negatives.empty()) return std::nan("");
    std::sort(positives.begin(), positives.end());
    std::sort(negatives.begin(), negatives.end());
    std::uint64_t half_pairs = 0;  // won pairs count 2, ties 1
    std::size_t smaller = 0;       // negatives below the current positive
    std::size_t not_larger = 0;
    for (const T score : positives) {
      while (smaller < negatives.size() && negatives[smaller] < score) ++smaller;
      while (not_larger < negatives.size() && negatives[not_larger] <= score) ++not_larger;
      half_pairs += smaller + not_larger;
    }
    return static_cast<double>(half_pairs) /
           (2 * static_cast<double>(positives.size()) * static_cast<double>(negatives.size()));
  }
};

class RocAuc final : public MetricAccumulator {
 public:
  void add(const MetricBatch& batch) override {
    detail::check_binary(
        batch, "use one output per target, such as the probability of the class of interest");
    if (batch.exact_output.empty())
      add_to(floats_, batch, batch.output);
    else
      add_to(doubles_, batch, batch.exact_output);
  }

  [[nodiscard]] double value() const override {
    if (has_nan_) return std::nan("");
    return doubles_.positives.empty() && doubles_.negatives.empty() ? floats_.area()
                                                                    : doubles_.area();
  }

  void reset() override {
    floats_ = {};
    doubles_ = {};
    has_nan_ = false;
  }

 private:
  template <class T>
  void add_to(Scores<T>& scores, const MetricBatch& batch, std::span<const T> outputs) {
    detail::visit_target(batch, [&](const auto& target) {
      detail::for_each_element(batch, [&](std::int64_t i) {
        const T score = outputs[static_cast<std::size_t>(i)];
        has_nan_ = has_nan_ || std::isnan(score);
        (static_cast<double>(target[i]) > 0.5 ? scores.positives : scores.negatives)
            .push_back(score);
      });
    });
  }

  mutable Scores<float> floats_;  // value() sorts them
  mutable Scores<double> doubles_;
  bool has_nan_ = false;
};

}  // namespace

Metric auc() {
  return {"auc", Better::larger, [] { return std::make_unique<RocAuc>(); }};
}

}  // namespace foregraph::metrics
