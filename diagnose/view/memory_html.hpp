#pragma once

#include <span>
#include <string>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/diagnose/view/memory_svg.hpp>

namespace foregraph {

/// Returns a plan as one interactive HTML page: the charts of memory_svg(), a summary, and the
/// arena over the step, each tensor a rectangle spanning its steps and addresses. Pointing at a
/// rectangle, or selecting it with the arrow keys, shows name, shape, bytes, op, phase, steps and
/// source line; search marks tensors by name; dragging zooms in. Choosing a step lists the tensors
/// alive there with their first and last uses. Plans in PictureOptions::compared are drawn beside
/// it, to the same scale of bytes, and compared in a table. Colours and groups are by purpose or by
/// layer. Light or dark by the reader's settings. `plan` is a plan of `step_graph`.
///
/// Self-contained: refers to nothing outside the file. Takes less than 150 bytes per tensor, plus
/// the charts.
[[nodiscard]] FOREGRAPH_EXPORT std::string memory_html(const Graph& step_graph, const Plan& plan,
                                                       std::span<const PeakAtBatch> curve,
                                                       const PictureOptions& options = {});

}  // namespace foregraph
