#pragma once

#include <span>

#include <foregraph/detail/diagnose/view/drawing.hpp>
#include <foregraph/detail/diagnose/view/memory_svg.hpp>
#include <foregraph/detail/diagnose/view/timeline.hpp>

/// The two charts of memory_svg(), each drawn downwards from `top`; both return their bottom y.
namespace foregraph::picture {

inline constexpr double page_width = 1000;
inline constexpr double margin = 32;
inline constexpr double plot_left = 104;
inline constexpr double plot_width = 752;
inline constexpr double plot_right = plot_left + plot_width;

/// Draws the live bytes over the steps, stacked by category, with the phases of the steps below.
double step_chart(Drawing& drawing, double top, const Graph& g, const Plan& plan,
                  const MemoryTimeline& timeline, const PictureOptions& options);

/// Draws the peak over the batch size, with the batch of `plan` marked. Needs at least one point.
double batch_chart(Drawing& drawing, double top, const Plan& plan,
                   std::span<const PeakAtBatch> curve, const PictureOptions& options);

/// A name and a size to the right of a plot, for a horizontal line at `y`.
struct MarginLabel {
  double y = 0;
  std::string_view name{};
  std::string size{};
  Ink ink = Ink::text;
};
/// Draws the labels of a plot between `top` and `bottom`, moved apart where they would overlap.
void margin_labels(Drawing& drawing, std::vector<MarginLabel> labels, double top, double bottom);

}  // namespace foregraph::picture
