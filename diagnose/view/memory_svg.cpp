#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/view/charts.hpp>
#include <foregraph/detail/diagnose/view/markup.hpp>
#include <foregraph/detail/diagnose/view/memory_svg.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph {
namespace {

using namespace picture;

std::string title_of(const PictureOptions& options) {
  return "Memory of a training step" + (options.model.empty() ? "" : ": " + options.model);
}

/// Returns "batch 128, trained by adam, 669,706 parameters, 1 input buffer".
std::string facts_of(const Graph& g, const Plan& plan, const PictureOptions& options) {
  std::int64_t parameters = 0;
  for (const Variable& v : g.variables)
    if (v.trainable) parameters += g.node(v.node).shape.elements().constant;
  const std::int64_t slots = plan.options.input_buffers;
  return "batch " + with_separators(plan.batch) +
         (options.optimizer.empty() ? "" : ", trained with " + options.optimizer) + ", " +
         with_separators(parameters) + " parameters, " + with_separators(slots) +
         (slots == 1 ? " input buffer, " : " input buffers, ") +
         text::counted(plan.options.threads, "thread");
}

std::string share_text(std::int64_t part, std::int64_t whole) {
  const double share = whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
  return text::percent(share, share < 0.0995 ? 1 : 0);
}

/// Draws the categories side by side, with the bytes of each at the peak.
void legend(Drawing& drawing, double top, const Plan& plan) {
  const BytesByCategory bytes = by_category(plan.at_peak);
  const double cell = (page_width - 2 * margin) / memory_categories;
  drawing.text(margin, top, "At the peak", {.ink = Ink::muted});
  for (std::size_t c = 0; c < memory_categories; ++c) {
    const double x = margin + cell * static_cast<double>(c);
    const auto category = static_cast<MemoryCategory>(c);
    drawing.box(x, top + 12, 13, 13, category);
    drawing.text(x + 20, top + 23, name_of(category), {.size = 12});
    drawing.text(x + 20, top + 42, to_string(Bytes{bytes[c]}), {.size = 15, .bold = true});
    drawing.text(x + 20, top + 58, share_text(bytes[c], plan.lower_bound().count),
                 {.size = 12, .ink = Ink::muted});
  }
}

void check_measured(const Plan& plan, const PictureOptions& options) {
  const std::vector<std::int64_t>& bytes = options.measured;
  if (bytes.empty()) return;
  if (bytes.size() != plan.order.tasks.size())
    throw UsageError(
        "PictureOptions::measured has " +
        text::counted(static_cast<std::int64_t>(bytes.size()), "number") +
        ", expected one for each of the plan's " +
        text::counted(static_cast<std::int64_t>(plan.order.tasks.size()), "kernel call") +
        "; use Profile::touched_bytes of a program that runs this plan");
  const auto least = std::min_element(bytes.begin(), bytes.end());
  if (*least < 0)
    throw UsageError("PictureOptions::measured has " + std::to_string(*least) +
                     " bytes for kernel call " + std::to_string(least - bytes.begin()) +
                     ", expected 0 or more");
}

}  // namespace

std::string memory_svg(const Graph& g, const Plan& plan, std::span<const PeakAtBatch> curve,
                       const PictureOptions& options) {
  check_measured(plan, options);
  Drawing drawing;
  double y = margin + 16;
  drawing.text(margin, y, shortened(title_of(options), 23, page_width - 2 * margin),
               {.size = 23, .bold = true});
  drawing.text(margin, y += 24, facts_of(g, plan, options), {.size = 14});
  if (!options.description.empty())
    drawing.text(margin, y += 20, shortened(options.description, 13, page_width - 2 * margin),
                 {.size = 13, .ink = Ink::muted});
  legend(drawing, y += 34, plan);
  y = step_chart(drawing, y + 84, g, plan, memory_timeline(g, plan), options);
  if (!curve.empty()) y = batch_chart(drawing, y + 30, plan, curve, options);
  const std::string height = pixels(y + margin - 8);
  const std::string width = pixels(page_width);

  Drawing paper;
  paper.box(0, 0, page_width, y + margin - 8, Ink::paper);
  // No height: a page then derives it from the width and the view box.
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100%\" viewBox=\"0 0 " + width + ' ' +
         height +
         "\" role=\"img\" font-family=\"Helvetica Neue, Helvetica, Arial, sans-serif\">\n<title>" +
         escape_xml(title_of(options)) + "</title>\n<desc>" +
         escape_xml(facts_of(g, plan, options) + ". Peak " + to_string(plan.peak()) +
                    ", lower bound " + to_string(plan.lower_bound()) + ", at " +
                    op_at_peak(g, plan)) +
         "</desc>\n" + paper.elements() + drawing.elements() + "</svg>\n";
}

}  // namespace foregraph
