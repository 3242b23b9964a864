#pragma once

#include <cstdint>
#include <optional>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/plan.hpp>

/// Trades work for memory: values are dropped and recomputed when they are next needed. At run time
/// only.
namespace foregraph {

/// A step in which some values of the forward pass are computed more than once. Its results equal
/// those of the original step, by the same ops on the same operands, up to rounding: ops may be
/// fused into other regions, and sums formed in another order.
struct Recomputed {
  Graph graph{};
  Plan plan{};
  std::int64_t recomputed_values = 0;  ///< number of recomputations
  std::int64_t extra_flops = 0;        ///< at the plan's batch size
};

/// Returns the step of `plan`, a plan of `step_graph`, with its transient values within
/// `transient_bytes` as estimated by a simulation; nothing if the simulation does not succeed
/// within `most_extra_flops`. The plan in the result gives the exact memory.
///
/// Method: the tasks are simulated in the plan's order. When memory would exceed the limit, a value
/// of the forward pass is dropped: the one with the least work to recompute it, including its
/// dropped ancestors, in relation to its bytes and the time until its next use. A dropped value is
/// recomputed at its next use, from values that are alive or can be recomputed themselves; so a
/// value may be dropped many times. This is dynamic tensor rematerialisation (Kirisame and others,
/// ICLR 2021) with two facts that a plan knows and a running program does not: the next use of each
/// value (as in Belady's rule for caches, 1966), and the values that will still be alive then. When
/// the whole step is known, recomputations of values for which there is room in memory are removed
/// again. The new graph has a node for each computation. O(drops * values alive * ancestors).
[[nodiscard]] FOREGRAPH_EXPORT std::optional<Recomputed> recompute_within(
    const Graph& step_graph, const Plan& plan, Bytes transient_bytes,
    std::int64_t most_extra_flops);

/// Returns the step with its whole peak (variables, input buffers and transient values) within
/// `budget`, with the fewest extra FLOPs that a search finds over limits of recompute_within(), its
/// rules, and orders of the tasks, also those with later updates; nothing if that needs more than
/// `most_extra_flops`. Takes some hundred simulations, and a plan for each that succeeds.
[[nodiscard]] FOREGRAPH_EXPORT std::optional<Recomputed> recompute_to_fit(
    const Graph& step_graph, const Plan& plan, Bytes budget, std::int64_t most_extra_flops);

/// Returns the step with the smallest peak the search finds, or nothing if recomputation does not
/// lower the peak.
[[nodiscard]] FOREGRAPH_EXPORT std::optional<Recomputed> smallest_by_recomputation(
    const Graph& step_graph, const Plan& plan, std::int64_t most_extra_flops);

}  // namespace foregraph
