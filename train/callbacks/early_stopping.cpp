#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/callbacks/early_stopping.hpp>
#include <foregraph/detail/train/callbacks/saved_numbers.hpp>

namespace foregraph {

double monitored_value(const NamedValues& values, std::string_view name, std::string_view who) {
  std::string names;
  for (const auto& [each, value] : values) {
    if (each == name) return value;
    names += (names.empty() ? "'" : ", '") + each + "'";
  }
  throw UsageError(std::string(who) + ": there is no value '" + std::string(name) +
                   "' after an epoch; the values are " + (names.empty() ? "none" : names));
}

BestKeeper::BestKeeper(Better better, double least_improvement)
    : better_(better), least_improvement_(least_improvement) {
  if (!(least_improvement >= 0) || !std::isfinite(least_improvement))
    throw UsageError("the minimum improvement is " + std::to_string(least_improvement) +
                     ", expected 0 or more");
}

bool BestKeeper::after_epoch(std::int64_t epoch, double value) {
  const bool better =
      epoch_ < 0 ? std::isfinite(value) : improves(better_, value, value_, least_improvement_);
  if (better) {
    epoch_ = epoch;
    value_ = value;
  }
  return better;
}

std::vector<double> BestKeeper::state() const {
  return {static_cast<double>(epoch_), value_};
}

void BestKeeper::restore(std::span<const double> state) {
  detail::check_saved_numbers("best epoch", state, 2);
  epoch_ = detail::saved_count("best epoch", "the epoch", state[0], -1);
  value_ = state[1];
}

namespace {

EarlyStoppingOptions checked_stopping(EarlyStoppingOptions options) {
  if (options.patience < 0)
    throw UsageError("early stopping: patience is " + std::to_string(options.patience) +
                     ", expected at least 0 epochs");
  const std::string& name = options.monitor.name();
  if (name.empty())
    throw UsageError("early stopping: monitor is empty, expected the name of a value");
  if (!options.better) options.better = options.monitor.better();
  if (!options.better)
    throw UsageError("early stopping: cannot tell whether larger or smaller values of '" + name +
                     "' are better; set EarlyStoppingOptions::better");
  return options;
}

}  // namespace

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : options_(checked_stopping(std::move(options))),
      best_(options_.better.value_or(Better::smaller), options_.least_improvement) {}

bool EarlyStopping::after_epoch(std::int64_t epoch, double value) {
  waited_ = best_.after_epoch(epoch, value) ? 0 : waited_ + 1;
  return stopped();
}

bool EarlyStopping::after_epoch(std::int64_t epoch, const NamedValues& values) {
  return after_epoch(epoch, monitored_value(values, options_.monitor.name(), "early stopping"));
}

std::vector<double> EarlyStopping::state() const {
  std::vector<double> state = best_.state();
  state.push_back(static_cast<double>(waited_));
  return state;
}

void EarlyStopping::restore(std::span<const double> state) {
  detail::check_saved_numbers("early stopping", state, 3);
  const std::int64_t waited =
      detail::saved_count("early stopping", "the number of epochs waited", state[2]);
  best_.restore(state.first(2));
  waited_ = waited;
}

}  // namespace foregraph
