#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <foregraph/detail/planner/plan.hpp>

namespace foregraph {

/// What one plan of several batch sizes needs.
struct PeakAtBatch {
  std::int64_t batch = 0;
  Bytes peak{};
  Bytes lower_bound{};
};

/// What a picture says besides what is in the graph and the plan. All of it may be left out.
struct PictureOptions {
  std::string model{};        ///< its name, for the title
  std::string description{};  ///< one line about it
  std::string optimizer{};
  std::optional<Bytes> budget{};
  std::int64_t largest_batch = 0;  ///< that fits the budget; 0 if unknown or none
};

/// A plan as an SVG picture for people and their reports: the bytes alive over the step as an area
/// stacked by category, with phases, peak, arena and budget; below it the peak over the batch size,
/// if `curve` has points. `plan` is a plan of `step_graph`.
///
/// One file of valid XML without scripts, style sheets, links or fonts of its own, white paper,
/// 1000 pixels wide. At most some 200 KiB, since steps of more than 700 are drawn several to a
/// column, by the fullest of them. Batches are positive, in any order.
[[nodiscard]] std::string memory_svg(const Graph& step_graph, const Plan& plan,
                                     std::span<const PeakAtBatch> curve,
                                     const PictureOptions& options = {});

}  // namespace foregraph
