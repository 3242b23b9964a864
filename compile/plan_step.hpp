#pragma once

#include <utility>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/compile/blockwise_loss.hpp>
#include <foregraph/detail/compile/recomputation/cheap_values.hpp>
#include <foregraph/detail/planner/plan.hpp>

/// Chooses between forms of one step that compute the same results to rounding in different memory.
namespace foregraph {

/// A graph and its plan.
struct Step {
  /// The graph of the whole training step.
  Graph graph{};
  /// Its memory plan.
  Plan plan{};
};

namespace planning {

/// Returns the rows of a block of logits, for `rows` rows at the planned batch: a multiple of 64
/// from 64 to 512, at most a quarter of the rows where that allows. Each block reads the weight and
/// its gradient once, so smaller blocks take more time.
[[nodiscard]] constexpr std::int64_t rows_of_block(std::int64_t rows) {
  constexpr std::int64_t unit = 64;
  constexpr std::int64_t most = 512;
  const std::int64_t quarter = (rows / 4 + unit - 1) / unit * unit;
  return quarter < unit ? unit : quarter > most ? most : quarter;
}

/// Prints a line about a decision if FOREGRAPH_LOG=passes. Does nothing in the compiler.
FOREGRAPH_EXPORT void log_loss_blocks(const Step& whole, const Step& blocks,
                                      std::int64_t block_rows, bool is_chosen);
/// As above, for recomputed values.
FOREGRAPH_EXPORT void log_cheap_values(const passes::CheapForm& form);

}  // namespace planning

/// Throws UsageError. Not constexpr: in the compiler, its name is the error message.
[[noreturn]] FOREGRAPH_EXPORT void extra_time_is_out_of_range(double extra_time);

/// Returns the rows of the blocks in which `graph` computes a loss, or 0 if it computes all losses
/// from whole logits.
[[nodiscard]] constexpr std::int64_t rows_of_loss_blocks(const Graph& graph) {
  for (NodeId id = 0; id < graph.size(); ++id)
    if (graph.node(id).op == &blockwise_softmax_cross_entropy_gradients_op ||
        graph.node(id).op == &blockwise_softmax_cross_entropy_op)
      return graph.node(id).attributes.integers[blockwise::block_rows];
  return 0;
}

namespace planning {

/// Returns true if another form of a step that saves `bytes` should be tried: if they are at least
/// a thirty-second of what the step takes in an order that needs no search.
[[nodiscard]] constexpr bool is_worth_a_form(std::int64_t bytes, const Graph& g,
                                             std::int64_t batch_size, const PlanOptions& options) {
  constexpr std::int64_t least_share = 32;
  std::int64_t all = 0;
  for (const Variable& v : g.variables) all += buffer_bytes(g.node(v.node), batch_size);
  for (const NodeId id : g.inputs) all += buffer_bytes(g.node(id), batch_size);
  if (bytes < all / least_share) return false;  // mostly, and without a sketch
  all += Sketch(g, batch_size, options.in_place).peak.bytes;
  return bytes >= all / least_share;
}

/// Returns `graph` with losses by blocks of rows where PlanOptions::loss_blocks allows.
[[nodiscard]] constexpr Graph choose_loss_blocks(Graph&& graph, std::int64_t batch_size,
                                                 const PlanOptions& options) {
  Step step{std::move(graph), {}};
  constexpr int most_losses = 4;
  for (int i = 0; i < most_losses && options.loss_blocks != LossBlocks::never; ++i) {
    const bool is_forced = options.loss_blocks == LossBlocks::always;
    const passes::BlockwiseLoss loss = passes::find_blockwise_loss(step.graph, batch_size, 0);
    if (!loss.found()) break;
    const std::int64_t rows = loss.rows.at(batch_size);
    const std::int64_t block = rows_of_block(rows);
    if (!is_forced &&
        !is_worth_a_form((rows - block) * loss.row_bytes, step.graph, batch_size, options))
      break;
    if (step.plan.batch == 0) step.plan = plan_memory(step.graph, batch_size, options);
    Step blocks{passes::loss_in_blocks(step.graph, loss, block), {}};
    blocks.plan = plan_memory(blocks.graph, batch_size, options);
    const bool is_chosen = is_forced || blocks.plan.peak() < step.plan.peak();
    if (!std::is_constant_evaluated()) log_loss_blocks(step, blocks, block, is_chosen);
    if (!is_chosen) break;
    step = std::move(blocks);
  }
  return std::move(step.graph);
}

}  // namespace planning
/// Returns the number of recomputations in `graph`: values that are computed again for later
/// readers.
[[nodiscard]] constexpr std::int64_t recomputations_in(const Graph& graph) {
  DynamicArray<char> is_read(static_cast<std::size_t>(graph.size()), 0);
  for (NodeId id = 0; id < graph.size(); ++id)
    for (const NodeId input : graph.inputs_of(id))
      if (graph.node(input).recomputation != graph.node(id).recomputation)
        is_read[static_cast<std::size_t>(input)] = 1;
  std::int64_t count = 0;
  for (NodeId id = 0; id < graph.size(); ++id)
    if (graph.node(id).recomputation > 0 && is_read[static_cast<std::size_t>(id)] != 0) ++count;
  return count;
}

/// Plans the memory of a step at `batch_size` samples in a form that needs little, and returns that
/// form's graph with its plan. Gives the same in the compiler and in the program.
///
/// Each softmax cross-entropy of a matrix product may be computed by blocks of rows (see
/// passes::find_blockwise_loss()), if PlanOptions::loss_blocks allows, so that neither the logits
/// nor their gradient exist whole. That form has no more products than the first, and the weight's
/// gradient in memory. It is only tried where the logits that it saves are at least a thirty-second
/// of the peak, and chosen if the plan is smaller. Values that cost little may be recomputed where
/// the backward pass reads them, if PlanOptions::extra_time allows (see
/// passes::recompute_cheap_values()); whether they are does not depend on the batch size. Throws
/// UsageError if PlanOptions::extra_time is not from 0 to 1, and what plan_memory() throws.
[[nodiscard]] constexpr Step plan_step(Graph&& graph, std::int64_t batch_size,
                                       PlanOptions options = {}) {
  if (!(options.extra_time >= 0 && options.extra_time <= 1))
    extra_time_is_out_of_range(options.extra_time);
  // Before any form is looked at, as by plan_memory().
  if (options.threads < 1 || options.threads > max_threads)
    threads_of_a_step_are_out_of_range(options.threads);
  if (!planning::sizes_fit_64_bits(graph, batch_size, options.input_buffers, options.other_bytes,
                                   options.threads))
    memory_of_a_step_does_not_fit_64_bits(batch_size);
  Step step{planning::choose_loss_blocks(std::move(graph), batch_size, options), {}};
  if (options.extra_time > 0) {
    passes::CheapForm form =
        passes::recompute_cheap_values(step.graph, options.extra_time, options.in_place);
    if (!std::is_constant_evaluated()) planning::log_cheap_values(form);
    if (form.values > 0) step.graph = std::move(form.graph);
  }
  step.plan = plan_memory(step.graph, batch_size, options);
  return step;
}

/// Returns the largest batch for which plan_step() finds a form within `budget`; 0 if not even one
/// sample fits. `step` is the graph before plan_step(). At run time only.
[[nodiscard]] FOREGRAPH_EXPORT std::int64_t largest_batch_of_step(const Graph& step, Bytes budget,
                                                                  PlanOptions options = {});

}  // namespace foregraph
