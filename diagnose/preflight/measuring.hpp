#pragma once

#include <chrono>
#include <string>

#include <foregraph/detail/diagnose/preflight/checks.hpp>

/// What it may cost to run a model before training.
namespace foregraph::checks {

/// Why `runs` runs of `g`, planned as `plan`, beside the variables that training has, would not fit
/// the memory budget or would take too long; empty if they may be made. Time is estimated from the
/// floating-point operations, carefully: a run that has begun cannot be stopped.
[[nodiscard]] std::string too_expensive(const Context& context, const Graph& g, const Plan& plan,
                                        std::int64_t runs);

/// The same for the memory alone.
[[nodiscard]] std::string too_large(const Context& context, const Plan& plan);

/// Seconds since it was made.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace foregraph::checks
