#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/options/monitor.hpp>
#include <string>
#include <vector>

namespace foregraph {
namespace {

/// A value that each epoch will have.
struct ValueToCome {
  std::string name;
  std::optional<Better> better{};
};

std::vector<ValueToCome> values_to_come(const FitOptions& options, bool has_rate) {
  std::vector<ValueToCome> values{{"loss", Better::smaller}, {"batch_loss_deviation", {}}};
  if (options.evaluation) values.push_back({"evaluation_loss", Better::smaller});
  if (has_rate) values.push_back({"learning_rate", {}});
  for (const Metric& each : options.metrics) {
    if (options.evaluation) values.push_back({"evaluation_" + each.name(), each.better()});
    if (options.training_metrics || !options.evaluation)
      values.push_back({each.name(), each.better()});
  }
  return values;
}

/// Returns a hint why no epoch has a value of that name.
std::string monitor_hint(const std::string& name, const FitOptions& options) {
  constexpr std::string_view prefix = "evaluation_";
  if (name.starts_with(prefix) && !options.evaluation)
    return "; evaluation values need FitOptions::evaluation";
  for (const Metric& each : options.metrics)
    if (each.name() == name) return "; training metrics need FitOptions::training_metrics";
  return options.metrics.empty() ? "; list a metric in FitOptions::metrics to monitor it" : "";
}

/// Returns the name that the values of a monitored metric will have. Adds the metric to `options`
/// unless it is there.
std::string add_metric(const Monitor& monitor, FitOptions& options) {
  const Metric& metric = *monitor.metric();
  const bool of_evaluation =
      monitor.of() == Monitor::Of::evaluation ||
      (monitor.of() == Monitor::Of::either && options.evaluation.has_value());
  const auto same = std::find_if(options.metrics.begin(), options.metrics.end(),
                                 [&](const Metric& each) { return each.name() == metric.name(); });
  if (same == options.metrics.end())
    options.metrics.push_back(metric);
  else if (same->output() != metric.output() || same->target() != metric.target())
    throw UsageError("early stopping: the monitored metric '" + metric.name() +
                     "' and the one in FitOptions::metrics have different outputs or targets; "
                     "rename one of them with named()");
  return (of_evaluation ? "evaluation_" : "") + metric.name();
}

}  // namespace

EarlyStoppingOptions monitor_of(FitOptions& options, bool has_rate) {
  if (!options.early_stopping)
    return {.monitor = options.evaluation ? monitor::evaluation_loss() : monitor::loss(),
            .better = Better::smaller};
  EarlyStoppingOptions chosen = *options.early_stopping;
  if (chosen.monitor.metric()) chosen.monitor = add_metric(chosen.monitor, options);
  const std::string monitored = chosen.monitor.name();
  if (monitored.empty()) return chosen;  // EarlyStopping refuses an empty name
  std::string names;
  const ValueToCome* found = nullptr;
  const std::vector<ValueToCome> values = values_to_come(options, has_rate);
  for (const ValueToCome& each : values) {
    names += (names.empty() ? "'" : ", '") + each.name + "'";
    if (each.name != monitored) continue;
    if (found != nullptr)
      throw UsageError("early stopping: there are several values '" + monitored +
                       "' after an epoch; rename the metrics with named()");
    found = &each;
  }
  if (found == nullptr)
    throw UsageError("early stopping: there is no value '" + monitored +
                     "' after an epoch; the values are " + names +
                     monitor_hint(monitored, options));
  if (!found->better && !chosen.better)
    throw UsageError("early stopping: cannot tell whether larger or smaller values of '" +
                     monitored + "' are better; set EarlyStoppingOptions::better");
  if (found->better && chosen.better && *found->better != *chosen.better)
    throw UsageError("early stopping: EarlyStoppingOptions::better says that " +
                     std::string(name_of(*chosen.better)) + " values of '" + monitored +
                     "' are better, but " + std::string(name_of(*found->better)) +
                     " ones are; leave it unset, or change the metric's direction");
  if (found->better) chosen.better = found->better;
  return chosen;
}

}  // namespace foregraph
