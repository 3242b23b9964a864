#include <algorithm>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/callbacks/saved_numbers.hpp>
#include <foregraph/detail/train/callbacks/schedule.hpp>
#include <memory>
#include <numbers>
#include <string>

namespace foregraph {
namespace {

[[noreturn]] void refuse(const char* schedule, const char* what, double got, const char* expected) {
  throw UsageError(std::string(schedule) + ": " + what + " is " + std::to_string(got) +
                   ", expected " + expected);
}
void check_rate(const char* schedule, const char* what, double rate) {
  if (!(rate >= 0) || !std::isfinite(rate)) refuse(schedule, what, rate, "0 or more");
}
void check_steps(const char* schedule, const char* what, std::int64_t steps) {
  if (steps < 1) refuse(schedule, what, static_cast<double>(steps), "at least 1");
}
void check_factor(const char* schedule, double factor) {
  if (!(factor > 0 && factor <= 1)) refuse(schedule, "factor", factor, "above 0 and at most 1");
}

/// Returns the value at `at` of half a cosine from `first` at 0 to `last` at 1.
double half_cosine(double first, double last, double at) {
  return last + (first - last) * 0.5 * (1 + std::cos(std::numbers::pi * std::clamp(at, 0.0, 1.0)));
}

/// State of reduce_on_plateau, besides its settings.
struct Plateau {
  double rate;
  double best = 0;
  bool has_best = false;  // false until a loss was finite
  int waited = 0;

  void after_epoch(double loss, const PlateauOptions& options) {
    const double enough = best - options.least_improvement * std::abs(best);
    if (std::isfinite(loss) && (!has_best || loss < enough)) {
      best = loss;
      has_best = true;
      waited = 0;
    } else if (++waited > options.patience) {
      rate = std::max(options.lowest, rate * options.factor);
      waited = 0;
    }
  }
  [[nodiscard]] std::vector<double> state() const {
    return {rate, best, has_best ? 1.0 : 0.0, static_cast<double>(waited)};
  }
  void restore(std::span<const double> state, const PlateauOptions& options) {
    const std::string who = "reduce_on_plateau";
    detail::check_saved_numbers(who, state, 4);
    if (state[0] < 0)
      throw DataError(who + ": the rate in the saved state is " + std::to_string(state[0]) +
                      ", expected 0 or more; use another checkpoint");
    const std::int64_t epochs = detail::saved_count(who, "the number of epochs waited", state[3]);
    if (epochs > options.patience)
      throw DataError(who + ": the saved state has waited " + std::to_string(epochs) +
                      " epochs, but patience is " + std::to_string(options.patience) +
                      "; continue with the same options");
    rate = state[0];
    best = state[1];
    has_best = state[2] != 0;
    waited = static_cast<int>(epochs);
  }
};

}  // namespace

Schedule::Schedule(std::function<double(std::int64_t step)> rate,
                   std::function<void(double loss)> after_epoch,
                   std::function<std::vector<double>()> state,
                   std::function<void(std::span<const double>)> restore)
    : rate_(std::move(rate)),
      after_epoch_(std::move(after_epoch)),
      state_(std::move(state)),
      restore_(std::move(restore)) {
  if (!state_ != !restore_)
    throw UsageError("a schedule needs both 'state' and 'restore', or neither");
}

void Schedule::restore(std::span<const double> state) const {
  if (restore_) return restore_(state);
  detail::check_saved_numbers("a learning-rate schedule without state", state, 0);
}

Schedule step_decay(double initial, double factor, std::int64_t every_steps) {
  check_rate("step_decay", "the initial rate", initial);
  check_factor("step_decay", factor);
  check_steps("step_decay", "the number of steps", every_steps);
  return Schedule([=](std::int64_t step) {
    return initial * std::pow(factor, static_cast<double>(step / every_steps));
  });
}

Schedule exponential_decay(double initial, double factor, std::int64_t every_steps) {
  check_rate("exponential_decay", "the initial rate", initial);
  check_factor("exponential_decay", factor);
  check_steps("exponential_decay", "the number of steps", every_steps);
  return Schedule([=](std::int64_t step) {
    return initial * std::pow(factor, static_cast<double>(step) / static_cast<double>(every_steps));
  });
}

Schedule linear_decay(double initial, double last, std::int64_t total_steps) {
  check_rate("linear_decay", "the initial rate", initial);
  check_rate("linear_decay", "the last rate", last);
  check_steps("linear_decay", "the number of steps", total_steps);
  return Schedule([=](std::int64_t step) {
    const double done = std::min(1.0, static_cast<double>(step) / static_cast<double>(total_steps));
    return initial + (last - initial) * done;
  });
}

Schedule cosine_decay(double peak, std::int64_t total_steps, std::int64_t warmup_steps,
                      double last) {
  check_rate("cosine_decay", "the peak rate", peak);
  check_rate("cosine_decay", "the last rate", last);
  check_steps("cosine_decay", "the number of steps", total_steps);
  if (warmup_steps < 0 || warmup_steps >= total_steps)
    refuse("cosine_decay", "the number of warm-up steps", static_cast<double>(warmup_steps),
           "at least 0 and less than the number of steps");
  return Schedule([=](std::int64_t step) {
    if (step < warmup_steps)
      return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
    return half_cosine(
        peak, last,
        static_cast<double>(step - warmup_steps) / static_cast<double>(total_steps - warmup_steps));
  });
}

Schedule one_cycle(double peak, std::int64_t total_steps, OneCycleOptions options) {
  check_rate("one_cycle", "the peak rate", peak);
  check_steps("one_cycle", "the number of steps", total_steps);
  if (!(options.rising_share > 0 && options.rising_share < 1))
    refuse("one_cycle", "the rising share", options.rising_share, "between 0 and 1");
  for (const double divisor : {options.first_divisor, options.last_divisor})
    if (!(divisor >= 1)) refuse("one_cycle", "a divisor", divisor, "at least 1");
  const double top = options.rising_share * static_cast<double>(total_steps) - 1;
  const double end = static_cast<double>(total_steps) - 1;
  return Schedule([=](std::int64_t step) {
    const auto at = static_cast<double>(step);
    if (at < top) return half_cosine(peak / options.first_divisor, peak, at / top);
    return half_cosine(peak, peak / options.last_divisor, (at - top) / (end - top));
  });
}

Schedule reduce_on_plateau(double initial, PlateauOptions options) {
  check_rate("reduce_on_plateau", "the initial rate", initial);
  check_rate("reduce_on_plateau", "the lowest rate", options.lowest);
  check_factor("reduce_on_plateau", options.factor);
  if (options.patience < 0)
    refuse("reduce_on_plateau", "patience", options.patience, "at least 0 epochs");
  const auto plateau = std::make_shared<Plateau>(Plateau{initial});
  return Schedule(
      [plateau](std::int64_t) { return plateau->rate; },
      [plateau, options](double loss) { plateau->after_epoch(loss, options); },
      [plateau] { return plateau->state(); },
      [plateau, options](std::span<const double> state) { plateau->restore(state, options); });
}

}  // namespace foregraph
