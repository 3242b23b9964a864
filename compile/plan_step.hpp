#pragma once

#include <utility>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/compile/blockwise_loss.hpp>
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

}  // namespace planning

/// Returns the rows of the blocks in which `graph` computes a loss, or 0 if it computes all losses
/// from whole logits.
[[nodiscard]] constexpr std::int64_t rows_of_loss_blocks(const Graph& graph) {
  for (NodeId id = 0; id < graph.size(); ++id)
    if (graph.node(id).op == &blockwise_softmax_cross_entropy_gradients_op ||
        graph.node(id).op == &blockwise_softmax_cross_entropy_op)
      return graph.node(id).attributes.integers[blockwise::block_rows];
  return 0;
}

/// Plans the memory of a step at `batch_size` samples in the form that needs the least, and returns
/// that form's graph with its plan. Gives the same in the compiler and in the program.
///
/// The forms: as it is; and, if PlanOptions::loss_blocks allows, with each softmax cross-entropy of
/// a matrix product computed by blocks of rows (see passes::find_blockwise_loss()), so that neither
/// the logits nor their gradient exist whole. The second form has no more products than the first,
/// and the weight's gradient in memory. It is only tried where the logits that it saves are at
/// least a thirty-second of the peak. At most one more plan for each such loss.
[[nodiscard]] constexpr Step plan_step(Graph&& graph, std::int64_t batch_size,
                                       PlanOptions options = {}) {
  Step step{std::move(graph), {}};
  step.plan = plan_memory(step.graph, batch_size, options);
  constexpr int most_losses = 4;
  for (int i = 0; i < most_losses && options.loss_blocks != LossBlocks::never; ++i) {
    const bool is_forced = options.loss_blocks == LossBlocks::always;
    constexpr std::int64_t least_share = 32;
    const std::int64_t worth = is_forced ? 0 : step.plan.peak().count / least_share;
    const passes::BlockwiseLoss loss = passes::find_blockwise_loss(step.graph, batch_size, worth);
    if (!loss.found()) break;
    const std::int64_t rows = loss.rows.at(batch_size);
    const std::int64_t block = planning::rows_of_block(rows);
    if (!is_forced && (rows - block) * loss.row_bytes < worth) break;
    Step blocks{passes::loss_in_blocks(step.graph, loss, block), {}};
    blocks.plan = plan_memory(blocks.graph, batch_size, options);
    const bool is_chosen = is_forced || blocks.plan.peak() < step.plan.peak();
    if (!std::is_constant_evaluated()) planning::log_loss_blocks(step, blocks, block, is_chosen);
    if (!is_chosen) break;
    step = std::move(blocks);
  }
  return step;
}

/// Returns the largest batch for which plan_step() finds a form within `budget`; 0 if not even one
/// sample fits. `step` is the graph before plan_step(). At run time only.
[[nodiscard]] FOREGRAPH_EXPORT std::int64_t largest_batch_of_step(const Graph& step, Bytes budget,
                                                                  PlanOptions options = {});

}  // namespace foregraph
