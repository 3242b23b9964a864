// Precision, recall and F1 for two or more classes, from three counts per class: times labelled,
// times predicted, and times both. O(1) memory for two classes.

#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/metrics/metrics.hpp>
#include <foregraph/detail/train/metrics/rows.hpp>
#include <vector>

namespace foregraph::metrics {
namespace {

struct Counts {
  std::int64_t labelled = 0;
  std::int64_t predicted = 0;
  std::int64_t both = 0;
};

enum class Kind : std::uint8_t { precision, recall, f1 };

double value_of(Kind kind, const Counts& c) {
  const std::int64_t of = kind == Kind::precision ? c.predicted
                          : kind == Kind::recall  ? c.labelled
                                                  : c.labelled + c.predicted;
  const std::int64_t found = kind == Kind::f1 ? 2 * c.both : c.both;
  return of == 0 ? 0 : static_cast<double>(found) / static_cast<double>(of);
}

class Binary final : public MetricAccumulator {
 public:
  Binary(Kind kind, double threshold) : kind_(kind), threshold_(threshold) {}

  void add(const MetricBatch& batch) override {
    detail::check_binary(batch, "for several classes give metrics::Average::macro or micro");
    detail::visit_target(batch, [&](const auto& target) {
      detail::visit_output(batch, [&](const auto* outputs) {
        detail::for_each_element(batch, [&](std::int64_t i) {
          const bool label = static_cast<double>(target[i]) > 0.5;
          const bool predicted = static_cast<double>(outputs[i]) > threshold_;
          counts_.labelled += label ? 1 : 0;
          counts_.predicted += predicted ? 1 : 0;
          counts_.both += label && predicted ? 1 : 0;
          ++elements_;
        });
      });
    });
  }
  [[nodiscard]] double value() const override {
    return elements_ > 0 ? value_of(kind_, counts_) : std::nan("");
  }
  void reset() override {
    counts_ = {};
    elements_ = 0;
  }

 private:
  Kind kind_;
  double threshold_;
  Counts counts_;
  std::int64_t elements_ = 0;
};

/// Returns the index of the largest score, the first if there are ties; -1 if there is a NaN.
template <class T>
std::int64_t largest(const T* row, std::int64_t classes) {
  std::int64_t best = 0;
  bool numbers = row[0] == row[0];
  for (std::int64_t c = 1; c < classes; ++c) {
    numbers = numbers && row[c] == row[c];
    if (row[c] > row[best]) best = c;
  }
  return numbers ? best : -1;
}

class Classes final : public MetricAccumulator {
 public:
  Classes(Kind kind, Average average) : kind_(kind), average_(average) {}

  void add(const MetricBatch& batch) override {
    const auto classes = static_cast<std::size_t>(detail::check_labels(
        batch, "for two classes with one output give a threshold instead of metrics::Average"));
    if (!counts_.empty() && counts_.size() != classes)
      throw UsageError("a batch has " + std::to_string(classes) +
                       " classes, but previous batches had " + std::to_string(counts_.size()) +
                       "; call reset() between models");
    counts_.resize(classes);
    detail::visit_target(batch, [&](const auto& target) {
      detail::visit_output(batch, [&](const auto* scores) {
        detail::for_each_element(batch, [&](std::int64_t i) {
          const auto width = static_cast<std::int64_t>(classes);
          const auto label = static_cast<std::int64_t>(target[i]);
          const std::int64_t predicted = largest(scores + i * width, width);
          ++counts_[static_cast<std::size_t>(label)].labelled;
          if (predicted < 0) return;
          ++counts_[static_cast<std::size_t>(predicted)].predicted;
          if (predicted == label) ++counts_[static_cast<std::size_t>(label)].both;
        });
      });
    });
  }

  [[nodiscard]] double value() const override {
    Counts all;
    double sum = 0;
    std::int64_t occurring = 0;
    for (const Counts& each : counts_) {
      all.labelled += each.labelled;
      all.predicted += each.predicted;
      all.both += each.both;
      if (each.labelled + each.predicted == 0) continue;
      sum += value_of(kind_, each);
      ++occurring;
    }
    if (occurring == 0) return std::nan("");
    return average_ == Average::micro ? value_of(kind_, all) : sum / static_cast<double>(occurring);
  }
  void reset() override { counts_.clear(); }

 private:
  Kind kind_;
  Average average_;
  std::vector<Counts> counts_;
};

Metric of_two(const char* name, Kind kind, double threshold) {
  if (!std::isfinite(threshold))
    throw UsageError(std::string("metrics::") + name + ": the threshold is " +
                     std::to_string(threshold) +
                     ", expected a finite number: 0.5 for probabilities, 0 for logits");
  return {name, Better::larger, [=] { return std::make_unique<Binary>(kind, threshold); }};
}

Metric of_classes(const char* name, Kind kind, Average average) {
  return {(average == Average::macro ? "macro_" : "micro_") + std::string(name), Better::larger,
          [=] { return std::make_unique<Classes>(kind, average); }};
}

}  // namespace

Metric precision(double threshold) {
  return of_two("precision", Kind::precision, threshold);
}
Metric recall(double threshold) {
  return of_two("recall", Kind::recall, threshold);
}
Metric f1(double threshold) {
  return of_two("f1", Kind::f1, threshold);
}
Metric precision(Average average) {
  return of_classes("precision", Kind::precision, average);
}
Metric recall(Average average) {
  return of_classes("recall", Kind::recall, average);
}
Metric f1(Average average) {
  return of_classes("f1", Kind::f1, average);
}

}  // namespace foregraph::metrics
