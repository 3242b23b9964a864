#pragma once

#include <span>
#include <string>

#include <foregraph/detail/diagnose/view/memory_svg.hpp>

namespace foregraph {

/// A plan as one HTML page to look around in: the charts of memory_svg(), a summary, and the arena
/// over the step, each tensor a rectangle at its steps and addresses. A pointer or the arrow keys
/// on a rectangle tell name, shape, bytes, op, phase, steps and the user's line; a search marks
/// tensors by name; dragging enlarges. Light and dark by the reader's settings. `plan` is a plan of
/// `step_graph`.
///
/// Self-contained: refers to nothing outside the file. Below 100 bytes for each tensor, and the
/// charts.
[[nodiscard]] std::string memory_html(const Graph& step_graph, const Plan& plan,
                                      std::span<const PeakAtBatch> curve,
                                      const PictureOptions& options = {});

}  // namespace foregraph
