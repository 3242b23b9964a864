// Top-k accuracy; accuracy is the case k = 1.
//
// A label is among the k largest scores if fewer than k scores come before its score: larger ones,
// and equal ones at a lower index. Counting them needs no sorting: O(classes) per label, in a loop
// that compilers vectorise.

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/metrics/metrics.hpp>
#include <foregraph/detail/train/metrics/rows.hpp>
#include <limits>

namespace foregraph::metrics {
namespace {

/// Returns the number of scores that come before `label`'s score; more than any k if one is NaN.
template <class T>
std::int64_t scores_before(const T* row, std::int64_t classes, std::int64_t label) {
  const T own = row[label];
  std::int32_t before = 0;
  std::int32_t not_numbers = 0;
  for (std::int64_t c = 0; c < classes; ++c) {
    before += row[c] > own ? 1 : 0;
    not_numbers |= row[c] != row[c] ? 1 : 0;
  }
  for (std::int64_t c = 0; c < label; ++c) before += row[c] == own ? 1 : 0;
  return not_numbers != 0 ? std::numeric_limits<std::int64_t>::max() : before;
}

class TopK final : public MetricAccumulator {
 public:
  explicit TopK(std::int64_t k) : k_(k) {}

  void add(const MetricBatch& batch) override {
    const std::int64_t classes = detail::check_labels(
        batch,
        "for one output per target use metrics::binary_accuracy(), for numbers "
        "metrics::mean_absolute_error()");
    if (k_ > classes)
      throw UsageError("k is " + std::to_string(k_) + ", but the output has " +
                       std::to_string(classes) + " classes; use metrics::top_k() with at most " +
                       std::to_string(classes - 1));
    detail::visit_target(batch, [&](const auto& target) {
      detail::visit_output(batch, [&](const auto* scores) {
        detail::for_each_element(batch, [&](std::int64_t i) {
          const auto label = static_cast<std::int64_t>(target[i]);
          right_ += scores_before(scores + i * classes, classes, label) < k_ ? 1 : 0;
          ++count_;
        });
      });
    });
  }
  [[nodiscard]] double value() const override {
    return static_cast<double>(right_) / static_cast<double>(count_);  // 0/0 is NaN
  }
  void reset() override { right_ = count_ = 0; }

 private:
  std::int64_t k_;
  std::int64_t right_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace

Metric accuracy() {
  return {"accuracy", Better::larger, [] { return std::make_unique<TopK>(1); }};
}

Metric top_k(std::int64_t k) {
  if (k < 1)
    throw UsageError("metrics::top_k: k is " + std::to_string(k) + ", expected at least 1");
  return {"top_" + std::to_string(k) + "_accuracy", Better::larger,
          [k] { return std::make_unique<TopK>(k); }};
}

}  // namespace foregraph::metrics
