#include <algorithm>
#include <cmath>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/schedule.hpp>
#include <limits>
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

/// From `first` at 0 to `last` at 1 along half a cosine.
double half_cosine(double first, double last, double at) {
  return last + (first - last) * 0.5 * (1 + std::cos(std::numbers::pi * std::clamp(at, 0.0, 1.0)));
}

}  // namespace

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
  return Schedule([=](std::int64_t step) {
    const double at = static_cast<double>(step) / static_cast<double>(total_steps);
    if (at < options.rising_share)
      return half_cosine(peak / options.first_divisor, peak, at / options.rising_share);
    return half_cosine(peak, peak / options.last_divisor,
                       (at - options.rising_share) / (1 - options.rising_share));
  });
}

Schedule reduce_on_plateau(double initial, PlateauOptions options) {
  check_rate("reduce_on_plateau", "the initial rate", initial);
  check_rate("reduce_on_plateau", "the lowest rate", options.lowest);
  check_factor("reduce_on_plateau", options.factor);
  if (options.patience < 0)
    refuse("reduce_on_plateau", "patience", options.patience, "at least 0 epochs");
  struct State {
    double rate;
    double best = std::numeric_limits<double>::infinity();
    int waited = 0;
  };
  const auto state = std::make_shared<State>(State{initial});
  return Schedule([state](std::int64_t) { return state->rate; },
                  [state, options](double loss) {
                    const double enough =
                        state->best - options.least_improvement * std::abs(state->best);
                    if (std::isfinite(loss) && (std::isinf(state->best) || loss < enough)) {
                      state->best = loss;
                      state->waited = 0;
                    } else if (++state->waited > options.patience) {
                      state->rate = std::max(options.lowest, state->rate * options.factor);
                      state->waited = 0;
                    }
                  });
}

}  // namespace foregraph
