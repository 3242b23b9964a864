#include <algorithm>
#include <array>
#include <cmath>
#include <foregraph/detail/diagnose/view/axis.hpp>
#include <foregraph/detail/diagnose/view/charts.hpp>
#include <foregraph/detail/diagnose/view/markup.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph::picture {
namespace {

constexpr double plot_height = 220;
/// Beyond this ratio of its ends, an axis is logarithmic.
constexpr double most_linear_ratio = 8;

/// Maps values to pixels, linearly or logarithmically.
struct Scale {
  double from = 0;
  double to = 1;
  bool logarithmic = false;
  double first_pixel = 0;
  double last_pixel = 0;

  [[nodiscard]] double operator()(double value) const {
    const double share =
        logarithmic ? std::log(value / from) / std::log(to / from) : (value - from) / (to - from);
    return first_pixel + share * (last_pixel - first_pixel);
  }
  [[nodiscard]] bool contains(double value) const { return from <= value && value <= to; }
};

/// Sorts points by batch and removes duplicates.
std::vector<PeakAtBatch> sorted(std::span<const PeakAtBatch> curve) {
  std::vector<PeakAtBatch> points(curve.begin(), curve.end());
  std::sort(points.begin(), points.end(),
            [](const PeakAtBatch& a, const PeakAtBatch& b) { return a.batch < b.batch; });
  points.erase(
      std::unique(points.begin(), points.end(),
                  [](const PeakAtBatch& a, const PeakAtBatch& b) { return a.batch == b.batch; }),
      points.end());
  return points;
}

std::string path_of(std::span<const PeakAtBatch> points, const Scale& x, const Scale& y,
                    Bytes PeakAtBatch::*value) {
  std::string path;
  for (const PeakAtBatch& point : points) {
    path += path.empty() ? 'M' : 'L';
    path += pixels(x(static_cast<double>(point.batch)));
    path += ' ';
    path += pixels(y(static_cast<double>((point.*value).count)));
  }
  return path;
}

/// Tests whether the curve, or the horizontal line at `budget_y`, crosses a box.
struct Obstacles {
  std::span<const PeakAtBatch> points;
  const Scale& x;
  const Scale& y;
  double budget_y = -1;

  [[nodiscard]] bool hit(double left, double right, double top, double bottom) const {
    if (top <= budget_y && budget_y <= bottom) return true;
    struct Point {
      double x;
      double y;
    };
    const auto at = [&](const PeakAtBatch& p) -> Point {
      return {x(static_cast<double>(p.batch)), y(static_cast<double>(p.peak.count))};
    };
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const Point a = at(points[i]);
      const Point b = at(points[i + 1]);
      if (b.x < left || right < a.x || b.x <= a.x) continue;
      const auto height = [&](double px) { return a.y + (b.y - a.y) * (px - a.x) / (b.x - a.x); };
      const double from = height(std::max(left, a.x));
      const double to = height(std::min(right, b.x));
      if (std::min(from, to) <= bottom && top <= std::max(from, to)) return true;
    }
    return false;
  }
};

/// Labels the point drawn in detail, at the first candidate position where the label crosses
/// neither the curve nor the budget line.
void label_point(Drawing& drawing, double x, double y, const Plan& plan, double bottom,
                 const Obstacles& obstacles) {
  constexpr double size = 13;
  const std::string label = "batch " + with_separators(plan.batch) + ": " + to_string(plan.peak());
  const double width = text_width(label, size);
  struct Offset {
    double x;
    double y;
  };
  // The curve rises, so above left and below right are most likely free.
  const std::array<Offset, 9> places{{{-width - 8, -9},
                                      {8, 20},
                                      {8, -12},
                                      {-width - 8, 20},
                                      {8, -30},
                                      {-width - 8, -30},
                                      {8, -46},
                                      {8, -62},
                                      {-width - 8, -46}}};
  Offset best{x > plot_left + plot_width / 2 ? -width - 8 : 8, -12};
  for (const Offset& place : places) {
    const double left = x + place.x;
    const double baseline = y + place.y;
    if (left < plot_left || left + width > plot_right || baseline > bottom - 4) continue;
    if (obstacles.hit(left, left + width, baseline - size - 2, baseline + 4)) continue;
    best = place;
    break;
  }
  drawing.text(best.x < 0 ? x - 8 : x + best.x, y + best.y, label,
               {.size = size, .anchor = best.x < 0 ? "end" : "start", .bold = true, .halo = true});
}

}  // namespace

double batch_chart(Drawing& drawing, double top, const Plan& plan,
                   std::span<const PeakAtBatch> curve, const PictureOptions& options) {
  const double plot_top = top + 70;
  const double bottom = plot_top + plot_height;
  const std::vector<PeakAtBatch> points = sorted(curve);
  const auto first = static_cast<double>(points.front().batch);
  const auto last = static_cast<double>(points.back().batch);
  std::int64_t least = points.front().lower_bound.count;
  std::int64_t most = 1;
  for (const PeakAtBatch& p : points) {
    least = std::min(least, p.lower_bound.count);
    most = std::max(most, p.peak.count);
  }
  if (options.budget && static_cast<double>(options.budget->count) <= 2 * static_cast<double>(most))
    most = std::max(most, options.budget->count);
  least = std::max<std::int64_t>(least, 1);

  const bool batches_apart = last / first >= most_linear_ratio;
  const bool peaks_apart =
      static_cast<double>(most) / static_cast<double>(least) >= most_linear_ratio;
  const std::vector<Tick> y_ticks =
      peaks_apart ? byte_power_ticks(least, most, 7) : byte_ticks(most, 5);
  const Scale x{batches_apart ? first : 0, std::max(last, 1.0), batches_apart, plot_left,
                plot_right};
  const Scale y{y_ticks.front().value, y_ticks.back().value, peaks_apart, bottom, plot_top};

  drawing.text(margin, top + 16, "Peak by batch size", {.size = 15, .bold = true});
  drawing.text(page_width - margin, top + 16,
               peaks_apart     ? "planned arena of a step; both axes logarithmic"
               : batches_apart ? "planned arena of a step; batch sizes on a logarithmic axis"
                               : "planned arena of a step",
               {.ink = Ink::muted, .anchor = "end"});
  for (const Tick& tick : y_ticks) {
    drawing.line(plot_left, y(tick.value), plot_right, y(tick.value), Ink::grid);
    drawing.text(plot_left - 10, y(tick.value) + 4, tick.label,
                 {.ink = Ink::muted, .anchor = "end"});
  }
  drawing.line(plot_left, bottom, plot_right, bottom, Ink::axis);
  const int ticks_that_fit = std::clamp(
      static_cast<int>(plot_width / (text_width(with_separators(points.back().batch), 12) + 16)), 2,
      12);
  for (const Tick& tick :
       batches_apart ? count_power_ticks(points.front().batch, points.back().batch, ticks_that_fit)
                     : count_ticks(points.back().batch, ticks_that_fit)) {
    drawing.line(x(tick.value), bottom, x(tick.value), bottom + 5, Ink::axis);
    drawing.text(x(tick.value), bottom + 19, tick.label, {.ink = Ink::muted, .anchor = "middle"});
  }
  drawing.text(plot_left + plot_width / 2, bottom + 40, "batch size: samples per step",
               {.anchor = "middle"});

  std::vector<MarginLabel> labels;
  double budget_y = -1;
  if (options.budget) {
    const auto budget = static_cast<double>(options.budget->count);
    if (y.contains(budget)) {
      budget_y = y(budget);
      drawing.line(plot_left, budget_y, plot_right, budget_y, Ink::budget, 1.5, "6 4");
      labels.push_back({budget_y, "budget", to_string(*options.budget), Ink::budget});
    } else {
      labels.push_back({budget > y.to ? plot_top : bottom,
                        budget > y.to ? "budget, above" : "budget, below",
                        to_string(*options.budget), Ink::budget});
    }
  }
  if (const auto largest = static_cast<double>(options.largest_batch);
      largest > 0 && x.contains(largest)) {
    const std::string text =
        "largest batch within the budget: " + with_separators(options.largest_batch);
    const double width = text_width(text, 12);
    const bool at_left = x(largest) - width / 2 < plot_left;
    const bool at_right = x(largest) + width / 2 > plot_right;
    drawing.text(at_left    ? plot_left
                 : at_right ? plot_right
                            : x(largest),
                 top + 44, text,
                 {.ink = Ink::budget,
                  .anchor = at_left    ? "start"
                            : at_right ? "end"
                                       : "middle"});
    drawing.line(x(largest), top + 50, x(largest), bottom, Ink::budget, 1, "2 3");
  }

  bool bound_differs = false;
  for (const PeakAtBatch& p : points)
    bound_differs |= (p.peak - p.lower_bound).count * 100 > p.peak.count;
  const std::string curve_path = path_of(points, x, y, &PeakAtBatch::peak);
  if (bound_differs)
    drawing.polyline(path_of(points, x, y, &PeakAtBatch::lower_bound), Ink::bound, 1.5, "4 3");
  drawing.polyline(curve_path, Ink::curve, 2);
  for (const PeakAtBatch& p : points) {
    const double px = x(static_cast<double>(p.batch));
    const double py = y(static_cast<double>(p.peak.count));
    const bool in_detail = p.batch == plan.batch;
    drawing.dot(px, py, in_detail ? 5 : 3.5, in_detail,
                "batch " + with_separators(p.batch) + ": " + to_string(p.peak) + ", lower bound " +
                    to_string(p.lower_bound));
  }
  for (const PeakAtBatch& p : points)
    if (p.batch == plan.batch)
      label_point(drawing, x(static_cast<double>(p.batch)), y(static_cast<double>(p.peak.count)),
                  plan, bottom, {points, x, y, budget_y});
  if (bound_differs)
    labels.push_back({y(static_cast<double>(points.back().lower_bound.count)), "lower bound",
                      to_string(points.back().lower_bound), Ink::muted});
  if (!labels.empty()) margin_labels(drawing, labels, plot_top + 8, bottom - 14);
  return bottom + 48;
}

}  // namespace foregraph::picture
