#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/findings/divergence.hpp>

namespace foregraph {
namespace {

std::string text_of(double value) {
  return text::significant(value, 4);
}

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The mean, and its squared standard error: the larger of the estimates from the deviations of the
/// values and from the difference of the two halves.
struct Mean {
  double value = 0;
  double squared_error = 0;
};
Mean mean_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double halves[2] = {0, 0};
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    halves[2 * i / values.size()] += values[i];
  }
  Mean mean{sum / n, 0};
  double squares = 0;
  for (const double each : values) squares += (each - mean.value) * (each - mean.value);
  const double half_difference = (halves[1] - halves[0]) / n;
  mean.squared_error = std::max(squares / (n * (n - 1)), half_difference * half_difference);
  return mean;
}

/// Returns the correlation of each step's change with the previous change: -0.5 for independent
/// losses, -1 for losses that alternate up and down.
double correlation_of_changes(const std::vector<double>& losses) {
  double products = 0;
  double squares = 0;
  for (std::size_t i = 2; i < losses.size(); ++i) {
    const double before = losses[i - 1] - losses[i - 2];
    const double now = losses[i] - losses[i - 1];
    products += before * now;
    squares += 0.5 * (before * before + now * now);
  }
  return squares > 0 ? products / squares : 0;
}

constexpr const char* lower_the_rate =
    "use a ten times lower learning rate, or a schedule with warm-up; clip gradients by norm; "
    "check that features and targets are scaled";

}  // namespace

DivergenceDetector::DivergenceDetector(Options options) : options_(options) {
  losses_.reserve(static_cast<std::size_t>(options_.window));
  scratch_.reserve(static_cast<std::size_t>(options_.window));
}

std::optional<Finding> DivergenceDetector::add(double loss) {
  ++steps_;
  if (!std::isfinite(loss)) return not_finite(loss);
  if (steps_ == 1) first_loss_ = lowest_loss_ = loss;
  lowest_loss_ = std::min(lowest_loss_, loss);
  if (auto finding = explosion(loss)) return finding;
  if (windows_ > 0)
    loss = std::min(loss, median_ + 10 * std::max(deviation_, 1e-3 * std::abs(median_)));
  losses_.push_back(loss);
  if (static_cast<std::int64_t>(losses_.size()) < options_.window) return std::nullopt;
  auto finding = finish_window();
  losses_.clear();
  return finding;
}

std::optional<Finding> DivergenceDetector::not_finite(double loss) {
  if (has_exploded_) return std::nullopt;
  has_exploded_ = true;
  const bool early = steps_ <= options_.early_steps;
  return Finding{early ? "loss-explodes" : "divergence",
                 Severity::error,
                 "the loss of step " + std::to_string(steps_) + " is " + text_of(loss) +
                     (steps_ > 1 ? "; the lowest loss before was " + text_of(lowest_loss_) : ""),
                 "every parameter that this loss's gradient updates is lost",
                 early ? lower_the_rate
                       : "go back to the last checkpoint; lower the learning rate from there, or "
                         "clip the gradients by their norm",
                 {{"step", static_cast<double>(steps_)}, {"loss", loss}, {"lowest", lowest_loss_}}};
}

std::optional<Finding> DivergenceDetector::explosion(double loss) {
  const double scale = std::max(std::abs(first_loss_), 1e-6);
  if (has_exploded_ || steps_ > options_.early_steps || steps_ < 2 ||
      loss - first_loss_ < options_.explosion * scale)
    return std::nullopt;
  has_exploded_ = true;
  return Finding{"loss-explodes",
                 Severity::warning,
                 "the loss rose from " + text_of(first_loss_) + " at the first step to " +
                     text_of(loss) + " at step " + std::to_string(steps_),
                 "steps overshoot the minimum by more than they gain; the parameters diverge or "
                 "settle far from any minimum",
                 lower_the_rate,
                 {{"step", static_cast<double>(steps_)}, {"loss", loss}, {"first", first_loss_}}};
}

std::optional<Finding> DivergenceDetector::finish_window() {
  const Mean now = mean_of(losses_);
  std::optional<Finding> finding;
  ++windows_;
  if (windows_ == 1) {
    first_ = best_ = now.value;
    best_error_ = now.squared_error;
    best_step_ = steps_;
  }
  const double correlation = correlation_of_changes(losses_);
  if (options_.watch_rises && !has_oscillated_ && windows_ <= options_.early_windows &&
      correlation <
          options_.oscillation_limit - 2 / std::sqrt(static_cast<double>(options_.window)) &&
      now.value > 0.9 * first_ && windows_ > 1) {
    has_oscillated_ = true;
    finding = Finding{"loss-oscillates",
                      Severity::warning,
                      "the loss alternates from step to step (correlation of its changes " +
                          text_of(correlation) + ", -0.5 for pure noise) around a mean of " +
                          text_of(now.value) + ", against " + text_of(first_) + " at the start",
                      "steps jump across the minimum instead of approaching it",
                      lower_the_rate,
                      {{"correlation", correlation}, {"mean", now.value}, {"first", first_}}};
  }
  const double rise = now.value - best_;
  const double error = std::sqrt(now.squared_error + best_error_);
  const double way = std::max(first_ - best_, std::abs(best_));
  if (options_.watch_rises && rise > options_.rise_limit * error &&
      rise > options_.least_rise * way) {
    if (++rises_ >= options_.patience && !has_diverged_ && !has_exploded_ && !finding) {
      has_diverged_ = true;
      finding =
          Finding{"divergence",
                  Severity::warning,
                  "the loss rises: its mean was " + text_of(best_) + " up to step " +
                      std::to_string(best_step_) + " and is " + text_of(now.value) +
                      " up to step " + std::to_string(steps_) + ", " +
                      text_of(rise / std::max(error, 1e-300)) + " standard errors higher",
                  "training undoes what it has learned",
                  "lower the learning rate, directly or by a schedule; keep the best parameters; "
                  "if the data change over the epoch, shuffle all of them",
                  {{"best", best_}, {"now", now.value}, {"step", static_cast<double>(steps_)}}};
    }
  } else {
    rises_ = 0;
  }
  if (now.value < best_) {
    best_ = now.value;
    best_error_ = now.squared_error;
    best_step_ = steps_;
  }
  scratch_ = losses_;
  median_ = median_of(scratch_);
  for (double& each : scratch_) each = std::abs(each - median_);
  deviation_ = 1.4826 * median_of(scratch_);
  return finding;
}

}  // namespace foregraph
