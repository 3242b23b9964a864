#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/planner/plan.hpp>

namespace foregraph {

/// Memory that a plan needs at one batch size.
struct PeakAtBatch {
  /// Number of samples.
  std::int64_t batch = 0;
  /// Bytes of the plan.
  Bytes peak{};
  /// Bytes that no plan can go below.
  Bytes lower_bound{};
};

/// Another plan for the same work, to be drawn beside the one of a picture.
struct ComparedPlan {
  std::string name{};  ///< as "conventional"
  /// The graph of its step, which must outlive the call.
  const Graph* step_graph = nullptr;
  /// A plan of it, which must outlive the call.
  const Plan* plan = nullptr;
};

/// Optional details of a picture that are not in the graph or the plan.
struct PictureOptions {
  std::string model{};        ///< for the title
  std::string description{};  ///< one line about the model
  /// Name of the optimizer.
  std::string optimizer{};
  /// Memory budget, drawn as a line.
  std::optional<Bytes> budget{};
  std::int64_t largest_batch = 0;  ///< largest batch within the budget; 0 if unknown or none
  /// Plans that memory_html() draws beside the first one, to the same scale of bytes.
  std::vector<ComparedPlan> compared{};
  /// Bytes of transient memory that have been touched by the end of each kernel call, in the plan's
  /// order: Profile::touched_bytes of a program that runs the plan. Drawn as a line above the bytes
  /// that the plan takes for the whole step. Empty: no line.
  std::vector<std::int64_t> measured{};
};

/// Returns a plan as an SVG picture: the live bytes over the step as an area stacked by category,
/// with phases, peak, arena and budget; below it the peak over the batch size, if `curve` has
/// points. `plan` is a plan of `step_graph`.
///
/// Valid XML in one file without scripts, style sheets, links or embedded fonts; white paper, as
/// wide as the place it is shown in (drawn for 1000 pixels). About 200 KiB at most, since more than
/// 700 steps are merged into columns, each showing its fullest step. Batches are positive, in any
/// order. Throws UsageError if PictureOptions::measured has another length than the plan's order,
/// or a negative number.
[[nodiscard]] FOREGRAPH_EXPORT std::string memory_svg(const Graph& step_graph, const Plan& plan,
                                                      std::span<const PeakAtBatch> curve,
                                                      const PictureOptions& options = {});

}  // namespace foregraph
