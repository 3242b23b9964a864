// Metrics that are the mean of a value of each element or sample. The sum is accumulated sample by
// sample, so the division into batches does not change the value.

#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/metrics/metrics.hpp>
#include <foregraph/detail/train/metrics/rows.hpp>
#include <utility>

namespace foregraph::metrics {
namespace {

struct Sum {
  double sum = 0;
  std::int64_t count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  [[nodiscard]] double mean() const { return sum / static_cast<double>(count); }  // 0/0 is NaN
};

class BinaryAccuracy final : public MetricAccumulator {
 public:
  explicit BinaryAccuracy(double threshold) : threshold_(threshold) {}
  void add(const MetricBatch& batch) override {
    detail::check_binary(batch, "for one label with several scores use metrics::accuracy()");
    detail::visit_target(batch, [&](const auto& target) {
      detail::visit_output(batch, [&](const auto* outputs) {
        detail::for_each_element(batch, [&](std::int64_t i) {
          const auto output = static_cast<double>(outputs[i]);
          const bool is_one = static_cast<double>(target[i]) > 0.5;
          right_.add((is_one ? output > threshold_ : output <= threshold_) ? 1 : 0);
        });
      });
    });
  }
  [[nodiscard]] double value() const override { return right_.mean(); }
  void reset() override { right_ = {}; }

 private:
  double threshold_;
  Sum right_;
};

enum class Distance : std::uint8_t { absolute, squared, root };

class MeanError final : public MetricAccumulator {
 public:
  explicit MeanError(Distance error) : error_(error) {}
  void add(const MetricBatch& batch) override {
    detail::check_pairs(batch, "choose another with of_output() or against()");
    detail::visit_target(batch, [&](const auto& target) {
      detail::visit_output(batch, [&](const auto* outputs) {
        detail::for_each_element(batch, [&](std::int64_t i) {
          const double difference =
              static_cast<double>(outputs[i]) - static_cast<double>(target[i]);
          errors_.add(error_ == Distance::absolute ? std::abs(difference)
                                                   : difference * difference);
        });
      });
    });
  }
  [[nodiscard]] double value() const override {
    return error_ == Distance::root ? std::sqrt(errors_.mean()) : errors_.mean();
  }
  void reset() override { errors_ = {}; }

 private:
  Distance error_;
  Sum errors_;
};

Metric mean_error(const char* name, Distance error) {
  return {name, Better::smaller, [error] { return std::make_unique<MeanError>(error); }};
}

using RowValue = std::function<double(std::span<const float>, TargetRow)>;

class MeanOfRows final : public MetricAccumulator {
 public:
  explicit MeanOfRows(RowValue value) : value_(std::move(value)) {}
  void add(const MetricBatch& batch) override {
    Sum next = values_;  // kept only if no call throws
    const auto width = static_cast<std::size_t>(batch.output_elements);
    for (std::int64_t s = 0; s < batch.samples; ++s)
      if (batch.counts(s))
        next.add(value_(batch.output.subspan(static_cast<std::size_t>(s) * width, width),
                        TargetRow(batch, s)));
    values_ = next;
  }
  [[nodiscard]] double value() const override { return values_.mean(); }
  void reset() override { values_ = {}; }

 private:
  RowValue value_;
  Sum values_;
};

}  // namespace

Metric binary_accuracy(double threshold) {
  if (!std::isfinite(threshold))
    throw UsageError("metrics::binary_accuracy: the threshold is " + std::to_string(threshold) +
                     ", expected a finite number: 0.5 for probabilities, 0 for logits");
  return {"binary_accuracy", Better::larger,
          [threshold] { return std::make_unique<BinaryAccuracy>(threshold); }};
}

Metric mean_absolute_error() {
  return mean_error("mean_absolute_error", Distance::absolute);
}
Metric mean_squared_error() {
  return mean_error("mean_squared_error", Distance::squared);
}
Metric root_mean_squared_error() {
  return mean_error("root_mean_squared_error", Distance::root);
}

double TargetRow::operator[](std::int64_t i) const {
  double value = 0;
  detail::visit_target(*batch_, [&](const auto& target) {
    value = static_cast<double>(target[sample_ * batch_->target_elements + i]);
  });
  return value;
}

Metric mean_of(std::string name, Better better, RowValue value) {
  if (!value) throw UsageError("metrics::mean_of: '" + name + "' has no function");
  return {std::move(name), better,
          [value = std::move(value)] { return std::make_unique<MeanOfRows>(value); }};
}

}  // namespace foregraph::metrics
