#include <algorithm>
#include <foregraph/detail/diagnose/view/axis.hpp>
#include <foregraph/detail/diagnose/view/charts.hpp>
#include <foregraph/detail/diagnose/view/markup.hpp>
#include <foregraph/detail/diagnose/view/sampling.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <span>

namespace foregraph::picture {
namespace {

constexpr double step_plot_height = 290;
constexpr double lane_height = 9;
constexpr double lane_distance = 13;
constexpr std::int32_t most_columns = 700;
/// A budget above this multiple of the peak would flatten the area; it is then only mentioned.
constexpr double most_budget_to_peak = 1.6;

/// Maps steps and bytes to pixels.
struct StepScale {
  double bottom = 0;
  double pixels_per_step = 0;
  double pixels_per_byte = 0;

  [[nodiscard]] double x(double step) const { return plot_left + step * pixels_per_step; }
  [[nodiscard]] double y(double bytes) const { return bottom - bytes * pixels_per_byte; }
};

/// Returns the combined outline of categories 0 to `top`, down to the axis.
std::string outline(const std::vector<Column>& columns, std::size_t top, const StepScale& scale) {
  std::string path = 'M' + pixels(scale.x(columns.front().first)) + ' ' + pixels(scale.bottom);
  std::string previous;
  for (const Column& column : columns) {
    double bytes = 0;
    for (std::size_t c = 0; c <= top; ++c) bytes += static_cast<double>(column.alive[c]);
    const std::string y = pixels(scale.y(bytes));
    if (y != previous) path += 'H' + pixels(scale.x(column.first)) + 'V' + y;
    previous = y;
  }
  return path + 'H' + pixels(scale.x(columns.back().last)) + 'V' + pixels(scale.bottom) + 'Z';
}

void areas(Drawing& drawing, const MemoryTimeline& timeline, const StepScale& scale) {
  const std::vector<Column> columns = columns_of(timeline.steps, most_columns);
  for (std::size_t c = memory_categories; c-- > 0;) {
    std::int64_t most = 0;
    for (const Column& column : columns) most = std::max(most, column.alive[c]);
    if (most == 0) continue;
    const auto category = static_cast<MemoryCategory>(c);
    drawing.area(outline(columns, c, scale), category,
                 std::string(name_of(category)) + ": at most " + to_string(Bytes{most}));
  }
}

/// Returns the bytes that the plan takes during the whole step.
std::int64_t bytes_of_the_whole_step(const Plan& plan) {
  return plan.fixed_bytes() + plan.inputs_bytes();
}

/// Returns the most bytes of the measured line; 0 if there is none.
std::int64_t most_measured(const Plan& plan, const PictureOptions& options) {
  if (options.measured.empty()) return 0;
  return bytes_of_the_whole_step(plan) +
         *std::max_element(options.measured.begin(), options.measured.end());
}

/// Draws the measured bytes as steps above the bytes taken during the whole step. Kernel calls of
/// less than a pixel are merged, and show their most bytes.
void measured_line(Drawing& drawing, const Plan& plan, std::span<const std::int64_t> measured,
                   const StepScale& scale) {
  const std::int64_t outside = bytes_of_the_whole_step(plan);
  std::string path = 'M' + pixels(scale.x(0)) + ' ' + pixels(scale.y(static_cast<double>(outside)));
  std::string previous;
  double from = scale.x(0);
  std::int64_t most = 0;
  for (std::size_t s = 0; s < measured.size(); ++s) {
    most = std::max(most, measured[s]);
    const double to = scale.x(static_cast<double>(s + 1));
    if (to - from < 1 && s + 1 < measured.size()) continue;
    const std::string y = pixels(scale.y(static_cast<double>(outside + most)));
    if (y != previous) path += 'H' + pixels(from) + 'V' + y;
    previous = y;
    from = to;
    most = 0;
  }
  drawing.polyline(path + 'H' + pixels(scale.x(static_cast<double>(measured.size()))),
                   Ink::measured, 2);
}

/// Returns a bar over the steps that have nodes of `phase`.
std::string lane(const MemoryTimeline& timeline, Phase phase, double y, const StepScale& scale) {
  std::string path;
  double from = -1;  // of the current bar
  double to = -1;
  const auto finish = [&] {
    if (from < 0) return;
    const std::string width = pixels(std::max(0.8, to - from));
    path += 'M' + pixels(from) + ' ' + pixels(y) + 'h' + width + 'v' + pixels(lane_height) + "h-" +
            width + 'z';
  };
  for (std::size_t s = 0; s < timeline.steps.size(); ++s) {
    if (!timeline.steps[s].has(phase)) continue;
    const double x = scale.x(static_cast<double>(s));
    if (from < 0 || x - to > 0.75) {
      finish();
      from = x;
    }
    to = x + scale.pixels_per_step;
  }
  finish();
  return path;
}

void lanes(Drawing& drawing, const MemoryTimeline& timeline, const StepScale& scale) {
  double y = scale.bottom + 8;
  for (const Phase phase : {Phase::forward, Phase::backward, Phase::update}) {
    drawing.box(plot_left, y, plot_width, lane_height, Ink::grid);
    if (const std::string path = lane(timeline, phase, y, scale); !path.empty())
      drawing.shape(path, Ink::muted);
    drawing.text(plot_left - 10, y + lane_height - 0.5, name_of(phase),
                 {.size = 11, .ink = Ink::muted, .anchor = "end"});
    y += lane_distance;
  }
}

/// Draws the line from the op's name above the plot to the top of the area.
void mark_peak(Drawing& drawing, double baseline, const Graph& g, const Plan& plan,
               const StepScale& scale) {
  const std::string lead =
      "peak " + to_string(plan.lower_bound()) + " at step " + with_separators(plan.peak_step);
  const double lead_width = text_width(lead, 13) + 9;
  const std::string op =
      shortened(op_at_peak(g, plan), 12, page_width - margin - plot_left - lead_width);
  const double width = lead_width + text_width(op, 12);
  const double x = scale.x(plan.peak_step + 0.5);
  const double y = scale.y(static_cast<double>(plan.lower_bound().count));
  const bool at_left = x - width / 2 < plot_left;
  const bool at_right = x + width / 2 > page_width - margin;
  drawing.lead_and_text(at_left    ? plot_left
                        : at_right ? page_width - margin
                                   : x,
                        baseline, lead, op,
                        at_left    ? "start"
                        : at_right ? "end"
                                   : "middle");
  drawing.line(x, baseline + 6, x, y, Ink::curve, 1, "2 3");
  drawing.dot(x, y, 4, true, lead + ": " + op_at_peak(g, plan));
}

}  // namespace

void margin_labels(Drawing& drawing, std::vector<MarginLabel> labels, double top, double bottom) {
  constexpr double height = 32;
  std::sort(labels.begin(), labels.end(),
            [](const MarginLabel& a, const MarginLabel& b) { return a.y < b.y; });
  double limit = bottom - height * static_cast<double>(labels.size() - 1);
  double least = top;
  for (MarginLabel& label : labels) {
    label.y = std::max(least, std::min(label.y, limit));
    least = label.y + height;
    limit += height;
    drawing.text(plot_right + 10, label.y - 1, label.name, {.size = 11, .ink = label.ink});
    drawing.text(plot_right + 10, label.y + 13, label.size,
                 {.size = 13, .ink = label.ink, .bold = true});
  }
}

double step_chart(Drawing& drawing, double top, const Graph& g, const Plan& plan,
                  const MemoryTimeline& timeline, const PictureOptions& options) {
  const double plot_top = top + 58;
  const double bottom = plot_top + step_plot_height;
  const std::int64_t peak = plan.peak().count;
  const bool budget_near = options.budget && static_cast<double>(options.budget->count) <=
                                                 most_budget_to_peak * static_cast<double>(peak);
  const std::int64_t measured = most_measured(plan, options);
  const std::vector<Tick> ticks =
      byte_ticks(std::max({peak, measured, budget_near ? options.budget->count : 0}), 5);
  const auto steps = static_cast<std::int64_t>(timeline.steps.size());
  const StepScale scale{bottom, plot_width / static_cast<double>(steps),
                        step_plot_height / ticks.back().value};

  drawing.text(margin, top + 16, "Memory over the step", {.size = 15, .bold = true});
  drawing.text(page_width - margin, top + 16,
               measured > 0 ? "areas: bytes in use while each kernel runs, as planned; line: bytes "
                              "touched up to its end, as measured"
                            : "bytes in use while each kernel runs, by purpose",
               {.ink = Ink::muted, .anchor = "end"});
  for (const Tick& tick : ticks) {
    drawing.line(plot_left, scale.y(tick.value), plot_right, scale.y(tick.value), Ink::grid);
    drawing.text(plot_left - 10, scale.y(tick.value) + 4, tick.label,
                 {.ink = Ink::muted, .anchor = "end"});
  }
  areas(drawing, timeline, scale);
  drawing.line(plot_left, bottom, plot_right, bottom, Ink::axis);

  const double arena_y = scale.y(static_cast<double>(peak));
  drawing.line(plot_left, arena_y, plot_right, arena_y, Ink::curve, 1.5);
  std::vector<MarginLabel> labels{{arena_y, "planned arena", to_string(plan.peak()), Ink::text}};
  if (options.budget) {
    const double y = budget_near ? scale.y(static_cast<double>(options.budget->count)) : plot_top;
    if (budget_near) drawing.line(plot_left, y, plot_right, y, Ink::budget, 1.5, "6 4");
    labels.push_back(
        {y, budget_near ? "budget" : "budget, above", to_string(*options.budget), Ink::budget});
  }
  if (measured > 0) {
    measured_line(drawing, plan, options.measured, scale);
    labels.push_back({scale.y(static_cast<double>(measured)), "measured",
                      to_string(Bytes{measured}), Ink::measured});
  }
  margin_labels(drawing, labels, plot_top + 8, bottom - 14);
  mark_peak(drawing, top + 46, g, plan, scale);

  lanes(drawing, timeline, scale);
  const double below = bottom + 8 + 3 * lane_distance;
  for (const Tick& tick : count_ticks(steps, 10)) {
    drawing.line(scale.x(tick.value), below - 2, scale.x(tick.value), below + 3, Ink::axis);
    drawing.text(scale.x(tick.value), below + 16, tick.label,
                 {.ink = Ink::muted, .anchor = "middle"});
  }
  drawing.text(
      plot_left + plot_width / 2, below + 36,
      "step: " + with_separators(kernel_calls_of(plan)) + " kernel calls in the order they run",
      {.anchor = "middle"});
  return below + 44;
}

}  // namespace foregraph::picture
