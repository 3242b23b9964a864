#include <algorithm>
#include <foregraph/detail/diagnose/preflight/measuring.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::checks {
namespace {

/// Single-thread speed of the slowest current machines.
constexpr double flops_per_second = 2e9;

}  // namespace

std::string too_large(const Context& context, const Plan& plan) {
  // Training holds only its variables until fit() begins; the run adds one more copy.
  const Bytes needed{plan.peak().count + plan.variables_bytes};
  if (context.budget && needed > *context.budget)
    return "would not fit: needs " + to_string_beside(needed, *context.budget) + " of " +
           to_string_beside(*context.budget, needed);
  return {};
}

std::string too_expensive(const Context& context, const Graph& g, const Plan& plan,
                          std::int64_t runs) {
  if (std::string reason = too_large(context, plan); !reason.empty()) return reason;
  const double seconds =
      static_cast<double>(runs) * static_cast<double>(flops_of(g, plan.batch)) / flops_per_second;
  // Real machines are 5 to 50 times as fast, so most accepted runs take a fraction of the limit.
  if (seconds > 8 * context.options.most_seconds)
    return "would take too long: " + number(static_cast<double>(flops_of(g, plan.batch))) +
           " floating-point operations for " + counted(plan.batch, "sample");
  return {};
}

}  // namespace foregraph::checks
