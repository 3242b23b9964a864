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
    return "; values of an evaluation need FitOptions::evaluation";
  for (const Metric& each : options.metrics)
    if (each.name() == name)
      return "; metrics of the training data need FitOptions::training_metrics";
  return options.metrics.empty() ? "; those of a metric need it in FitOptions::metrics" : "";
}

}  // namespace

EarlyStoppingOptions monitor_of(const FitOptions& options, bool has_rate) {
  if (!options.early_stopping)
    return {.monitor = options.evaluation ? "evaluation_loss" : "loss", .better = Better::smaller};
  EarlyStoppingOptions monitor = *options.early_stopping;
  if (monitor.monitor.empty()) return monitor;  // EarlyStopping refuses an empty name
  std::string names;
  const ValueToCome* found = nullptr;
  const std::vector<ValueToCome> values = values_to_come(options, has_rate);
  for (const ValueToCome& each : values) {
    names += (names.empty() ? "'" : ", '") + each.name + "'";
    if (each.name != monitor.monitor) continue;
    if (found != nullptr)
      throw UsageError("early stopping: there are several values '" + monitor.monitor +
                       "' after an epoch; give the metrics different names with named()");
    found = &each;
  }
  if (found == nullptr)
    throw UsageError("early stopping: there is no value '" + monitor.monitor +
                     "' after an epoch; there is " + names +
                     monitor_hint(monitor.monitor, options));
  if (!found->better && !monitor.better)
    throw UsageError("early stopping: it is not known whether larger or smaller values of '" +
                     monitor.monitor + "' are better; set EarlyStoppingOptions::better");
  if (found->better && monitor.better && *found->better != *monitor.better)
    throw UsageError("early stopping: EarlyStoppingOptions::better says that " +
                     std::string(name_of(*monitor.better)) + " values of '" + monitor.monitor +
                     "' are better, but " + std::string(name_of(*found->better)) +
                     " ones are; leave it unset, or change the metric's direction");
  if (found->better) monitor.better = found->better;
  return monitor;
}

}  // namespace foregraph
