#pragma once

#include <chrono>
#include <string>

#include <foregraph/detail/diagnose/preflight/checks.hpp>

/// Cost limits for running a model before training.
namespace foregraph::checks {

/// Returns why `runs` runs of `g`, planned as `plan`, would exceed the memory budget (together with
/// the training variables) or take too long; empty if they may be made. The time is a cautious
/// estimate from the floating-point operations, since a run cannot be stopped once it has begun.
[[nodiscard]] std::string too_expensive(const Context& context, const Graph& g, const Plan& plan,
                                        std::int64_t runs);

/// Returns why `plan` would exceed the memory budget; empty if it fits.
[[nodiscard]] std::string too_large(const Context& context, const Plan& plan);

/// Measures the seconds since its construction.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace foregraph::checks
