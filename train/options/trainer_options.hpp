#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/base/system/budget.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/compile/paging/paging.hpp>
#include <foregraph/detail/planner/memory_plan.hpp>

namespace foregraph {

/// Options of Trainer; all have defaults.
struct TrainerOptions {
  /// Upper limit on training memory, batches included: 512_MiB, Budget::unlimited(), or the memory
  /// the machine has left. A plan beyond the limit is refused with a BudgetError before anything is
  /// allocated.
  Budget memory_budget{};
  /// If a batch does not fit, run it with micro-batches, then recomputation, then both (see
  /// compile/fit_to_budget.hpp), if one of them makes it fit; results agree up to rounding. If
  /// false, the BudgetError names the alternative found.
  bool fit_to_budget = false;
  /// Whether fit_to_budget may keep values of a step in a file between two uses, and in which
  /// folder; see page_within(). Variables stay in memory.
  PagingOptions paging{};
  /// Work spent on a search for a placement, if a batch exceeds the budget only by the gap between
  /// its plan's peak and the plan's lower bound: a unit takes a few nanoseconds, the default some
  /// tens of milliseconds. The search is limited by work, not by time, so each machine
  /// finds the same plan. It comes before the measures of fit_to_budget, and costs nothing when
  /// training. Zero forbids it. See refine_to_fit().
  std::int64_t search = default_placement_search;
  /// When a softmax cross-entropy of a dense layer is computed by blocks of rows, so that its
  /// logits never exist whole: by default where it lowers the peak; see plan_step(). Results are
  /// equal to rounding.
  LossBlocks loss_blocks = LossBlocks::automatic;
  /// The share of a step's predicted time that may be spent on recomputing values that cost little,
  /// such as activations and normalised values, instead of keeping them; 0 keeps all. See
  /// plan_step(). Results are equal to rounding.
  double extra_time = 0.01;
  /// Micro-batch size: fit() computes each batch in parts of this many samples and updates the
  /// parameters once. The batch must be a multiple of it. Zero runs batches whole unless
  /// fit_to_budget splits them. UsageError if the parts of a batch do not add up to the whole, as
  /// with batch norm.
  std::int64_t micro_batch = 0;
  /// Threads that a step may use, including the calling one: 1 to max_threads, or 0 for all cores
  /// the process may use (see default_threads()). Their workspaces are part of the plan
  /// (PlanOptions::threads). Results do not depend on it. The loader's threads are not counted.
  int threads = 0;
  /// User-defined passes, applied to every graph of the trainer; see compile/compile.hpp.
  std::vector<Pass> passes{};
};

}  // namespace foregraph
