#pragma once

#include <optional>
#include <string>
#include <utility>

#include <foregraph/detail/train/metrics/metric.hpp>

namespace foregraph {

/// The value by which epochs are compared: a loss, a metric, or any value of EpochResult::values()
/// by its name.
///
///     .early_stopping = fg::EarlyStoppingOptions{.monitor = fg::metrics::accuracy()}
///     .early_stopping = fg::EarlyStoppingOptions{.monitor = fg::monitor::loss()}
///
/// A metric is computed even if FitOptions::metrics does not list it.
class Monitor {
 public:
  /// The data of which a metric is monitored.
  enum class Of {
    either,  ///< the evaluation data, or else the training data
    evaluation,
    training
  };

  /// Monitors the value of that name; fit() refuses a name that no value will have.
  Monitor(std::string name) : name_(std::move(name)) {}  // NOLINT: as text
  /// Monitors the value of that name.
  Monitor(const char* name) : Monitor(std::string(name)) {}  // NOLINT: as text
  /// Monitors a metric, of which larger or smaller values are better as Metric::better() says.
  Monitor(const Metric& metric, Of of = Of::either)  // NOLINT: every metric may be one
      : name_((of == Of::evaluation ? "evaluation_" : "") + metric.name()),
        metric_(metric),
        of_(of) {}

  /// Returns the value's name in EpochResult::values(); without "evaluation_" for a metric of
  /// either data.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Returns the metric, if one is monitored.
  [[nodiscard]] const std::optional<Metric>& metric() const { return metric_; }
  /// Returns the data of which the metric is monitored.
  [[nodiscard]] Of of() const { return of_; }
  /// Returns the direction in which the value is better, if it is known: for losses and metrics.
  [[nodiscard]] std::optional<Better> better() const {
    if (metric_) return metric_->better();
    if (name_ == "loss" || name_ == "evaluation_loss") return Better::smaller;
    return std::nullopt;
  }

 private:
  std::string name_;
  std::optional<Metric> metric_{};
  Of of_ = Of::either;
};

/// The values that fit() can monitor.
namespace monitor {

/// Returns the mean loss of the training data.
[[nodiscard]] inline Monitor loss() {
  return "loss";
}
/// Returns the mean loss of the evaluation data.
[[nodiscard]] inline Monitor evaluation_loss() {
  return "evaluation_loss";
}
/// Returns a metric of the training data only.
[[nodiscard]] inline Monitor training(const Metric& metric) {
  return {metric, Monitor::Of::training};
}
/// Returns a metric of the evaluation data only.
[[nodiscard]] inline Monitor evaluation(const Metric& metric) {
  return {metric, Monitor::Of::evaluation};
}

}  // namespace monitor

}  // namespace foregraph
