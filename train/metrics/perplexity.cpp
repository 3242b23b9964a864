// Perplexity: exp of the mean loss. It averages the batches' means, each weighted by the
// number of losses it is averaged over.

#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/metrics/metrics.hpp>
#include <foregraph/detail/train/metrics/rows.hpp>

namespace foregraph::metrics {
namespace {

class Perplexity final : public MetricAccumulator {
 public:
  Perplexity(MeanOf mean_of, std::optional<std::int64_t> ignored)
      : mean_of_(mean_of), ignored_(ignored) {}

  void add(const MetricBatch& batch) override {
    const std::int64_t count = losses_in(batch);
    if (count == 0) return;  // the mean over no losses may be NaN
    sum_ += batch.loss * static_cast<double>(count);
    count_ += count;
  }
  [[nodiscard]] double value() const override {
    return std::exp(sum_ / static_cast<double>(count_));  // 0/0 is NaN
  }
  void reset() override {
    sum_ = 0;
    count_ = 0;
  }

 private:
  [[nodiscard]] std::int64_t losses_in(const MetricBatch& batch) const {
    std::int64_t count = 0;
    for (std::int64_t s = 0; s < batch.samples; ++s) count += batch.counts(s) ? 1 : 0;
    if (mean_of_ == MeanOf::samples) return count;
    if (!ignored_) return count * batch.target_elements;
    if (batch.target_dtype != i32 && batch.target_dtype != i64)
      throw DataError("the target is " + std::string(name_of(batch.target_dtype)) +
                      ", expected i32 or i64 to contain the ignored label " +
                      std::to_string(*ignored_) + "; otherwise leave it out");
    const auto expected = static_cast<std::size_t>(batch.samples * batch.target_elements *
                                                   bytes_per_element(batch.target_dtype));
    if (batch.target.size() != expected)
      throw UsageError("the target has " + std::to_string(batch.target.size()) +
                       " bytes, expected " + std::to_string(expected) +
                       " to count what is not ignored");
    count = 0;
    detail::visit_target(batch, [&](const auto& target) {
      detail::for_each_element(batch, [&](std::int64_t i) {
        count += static_cast<std::int64_t>(target[i]) != *ignored_ ? 1 : 0;
      });
    });
    return count;
  }

  MeanOf mean_of_;
  std::optional<std::int64_t> ignored_;
  double sum_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace

Metric perplexity(MeanOf mean_of, std::optional<std::int64_t> ignored) {
  if (ignored && mean_of == MeanOf::samples)
    throw UsageError(
        "metrics::perplexity: labels can be ignored only if the loss is a mean over "
        "target elements; give metrics::MeanOf::target_elements");
  const Metric metric(
      "perplexity", Better::smaller, [=] { return std::make_unique<Perplexity>(mean_of, ignored); },
      MetricReads::loss);
  return mean_of == MeanOf::samples ? metric.against("") : metric;  // no target needed, or "label"
}

}  // namespace foregraph::metrics
