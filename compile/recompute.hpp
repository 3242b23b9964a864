#pragma once

#include <cstdint>
#include <optional>

#include <foregraph/detail/planner/plan.hpp>

/// Trading work for memory: values are dropped and computed again when they are next needed. At run
/// time only.
namespace foregraph {

/// A step in which some values of the forward pass are computed more than once; its results are
/// those of the step it was made from, by the same ops on the same operands. The last bits may
/// differ: the ops may be fused in other regions, and sums formed in another order.
struct Recomputed {
  Graph graph{};
  Plan plan{};
  std::int64_t recomputed_values = 0;  ///< how often a value is computed again
  std::int64_t extra_flops = 0;        ///< at the plan's batch size
};

/// The step of `plan` (a plan of `step_graph`) with its transient values within `transient_bytes`,
/// by the estimate of a simulation; nothing if the simulation cannot do it within
/// `most_extra_flops`. The plan that comes with the result tells what it really needs.
///
/// Method: the tasks are run in the plan's order, in thought. Where memory would pass the limit, a
/// value of the forward pass is dropped: the one with the least work to make it again, its dropped
/// ancestors included, for its bytes and the time until it is next needed. What is needed and was
/// dropped is computed again at that place, from what is there or can itself be computed again; so
/// values may be dropped many times. This is dynamic tensor rematerialisation (Kirisame and others,
/// ICLR 2021) with two things a plan knows and a running program does not: when a value is needed
/// next (as in Belady's rule for caches, 1966), and what will still be there then. The new graph
/// has a node for each computation. O(drops * values alive * ancestors).
[[nodiscard]] std::optional<Recomputed> recompute_within(const Graph& step_graph, const Plan& plan,
                                                         Bytes transient_bytes,
                                                         std::int64_t most_extra_flops);

/// The step with its whole peak (variables, input buffers and transient values) within `budget`,
/// with as few extra FLOPs as a search over the limit of recompute_within() finds; nothing if that
/// is not possible within `most_extra_flops`. A dozen simulations and plans.
[[nodiscard]] std::optional<Recomputed> recompute_to_fit(const Graph& step_graph, const Plan& plan,
                                                         Bytes budget,
                                                         std::int64_t most_extra_flops);

/// The step with the smallest peak the search finds; nothing if recomputation lowers none.
[[nodiscard]] std::optional<Recomputed> smallest_by_recomputation(const Graph& step_graph,
                                                                  const Plan& plan,
                                                                  std::int64_t most_extra_flops);

}  // namespace foregraph
