#pragma once

#include <cstdint>

#include <foregraph/plan.hpp>

/// `constexpr` for plans that the compiler makes. It takes ten seconds for ResNet-20, and the
/// builds with sanitizers, which are the ones with assertions, could see nothing of it: they plan
/// in the program both times. Of the builds of scripts/test, g++ and clang do the work once each.
#if defined(NDEBUG)
#define PLANNED_BY_COMPILER constexpr
#else
#define PLANNED_BY_COMPILER const
#endif

namespace foregraph::test {

/// The peak, and a number that every task, offset and size goes into.
struct Digest {
  std::int64_t peak_bytes = 0;
  std::uint64_t hash = 0;
};
constexpr Digest digest(const Step& planned) {
  const Plan& plan = planned.plan;
  std::uint64_t hash = 0;
  const auto mix = [&](std::int64_t value) {
    hash = (hash ^ static_cast<std::uint64_t>(value)) * 0x100000001b3ULL;
    hash ^= hash >> 29;
  };
  mix(planned.graph.size());
  for (const std::int32_t task : plan.order.tasks) mix(task);
  for (const std::int32_t task : plan.tasks.task_of) mix(task);
  for (const Place& p : plan.places) {
    mix(static_cast<std::int64_t>(p.segment));
    mix(p.offset);
  }
  for (const Buffer& b : plan.buffers) mix(b.range.bytes);
  mix(plan.lower_bound().count);
  return {plan.peak().count, hash};
}

}  // namespace foregraph::test
