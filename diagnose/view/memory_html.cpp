#include <algorithm>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/view/markup.hpp>
#include <foregraph/detail/diagnose/view/memory_html.hpp>
#include <foregraph/detail/diagnose/view/page.hpp>
#include <foregraph/detail/diagnose/view/page_data.hpp>
#include <foregraph/detail/diagnose/view/timeline.hpp>
#include <foregraph/detail/planner/order_free_bound.hpp>
#include <foregraph/detail/planner/plan_report.hpp>

namespace foregraph {
namespace {

using namespace picture;

std::string row(std::string_view name, std::string_view value, bool is_text = false) {
  return "<tr><th scope=\"row\">" + escape_xml(name) + "</th><td" +
         (is_text ? " class=\"text\">" : ">") + escape_xml(value) + "</td></tr>\n";
}

/// Returns the table of several plans, one a column; "" if there is only one.
std::string comparison(std::span<const DrawnPlan> plans) {
  if (plans.size() < 2) return "";
  std::string html = "<table><caption>The plans beside each other</caption>\n<thead><tr><td></td>";
  for (const DrawnPlan& each : plans)
    html += "<th scope=\"col\">" + escape_xml(each.name) + "</th>";
  html += "</tr></thead>\n";
  const auto add = [&](std::string_view name, auto value) {
    html += "<tr><th scope=\"row\">" + escape_xml(name) + "</th>";
    for (const DrawnPlan& each : plans)
      html += "<td>" + escape_xml(value(*each.graph, *each.plan)) + "</td>";
    html += "</tr>\n";
  };
  add("peak", [](const Graph&, const Plan& p) { return to_string(p.peak()); });
  add("of the first", [&](const Graph&, const Plan& p) {
    return text::percent(
        static_cast<double>(p.peak().count) /
        static_cast<double>(std::max<std::int64_t>(plans.front().plan->peak().count, 1)));
  });
  for (std::size_t c = 0; c < memory_categories; ++c)
    add(name_of(static_cast<MemoryCategory>(c)),
        [c](const Graph&, const Plan& p) { return to_string(Bytes{by_category(p.at_peak)[c]}); });
  add("kernel calls",
      [](const Graph&, const Plan& p) { return with_separators(kernel_calls_of(p)); });
  add("floating-point operations",
      [](const Graph& step, const Plan& p) { return with_separators(flops_of(step, p.batch)); });
  return html + "</table>\n";
}

std::string summary(const Graph& g, const Plan& plan, const PictureOptions& options) {
  const auto size = [](Bytes bytes) {
    return to_string(bytes) +
           (bytes.count < 10'000 ? "" : " (" + with_separators(bytes.count) + " B)");
  };
  const Bytes any_order = order_free_bound(g, plan).bytes;
  std::string html =
      "<table><caption>The plan</caption>\n" + row("peak", size(plan.peak())) +
      row("lower bound of this order", size(plan.lower_bound())) +
      row("lower bound of any order", size(any_order)) +
      row("gap", plan.peak() == any_order ? "none: proven optimal" : size(plan.peak() - any_order));
  if (!options.measured.empty())
    html += row("transient memory", size({plan.transient_bytes})) +
            row("of it touched, as measured",
                size({*std::max_element(options.measured.begin(), options.measured.end())}));
  const BytesByCategory at_peak = by_category(plan.at_peak);
  for (std::size_t c = 0; c < memory_categories; ++c)
    html += row(name_of(static_cast<MemoryCategory>(c)), size(Bytes{at_peak[c]}));
  html += row("kernel calls", with_separators(kernel_calls_of(plan))) +
          row("floating-point operations", with_separators(flops_of(g, plan.batch)));
  if (options.budget) html += row("budget", size(*options.budget));
  if (options.largest_batch > 0)
    html += row("largest batch within it", with_separators(options.largest_batch));
  html += row("op at the peak", op_at_peak(g, plan), true);
  html += "</table>\n<table><caption>Largest tensors at the peak</caption>\n";
  const std::vector<LiveTensor> alive = alive_at_peak(g, plan);
  for (std::size_t i = 0; i < std::min<std::size_t>(alive.size(), 12); ++i)
    html += row(describe_tensor(g, alive[i]), to_string(alive[i].bytes));
  return html + "</table>\n";
}

constexpr std::string_view arena_section = R"html(<div class="controls">
<label for="search">Find tensors</label>
<input id="search" type="search" placeholder="part of a name" autocomplete="off" spellcheck="false">
<output id="found" for="search"></output>
<label for="grouping">Colour and group by</label>
<select id="grouping" autocomplete="off"><option value="purpose">purpose</option>
<option value="layer">layer</option><option value="block">outer layer</option></select>
<button id="all" type="button">Whole arena</button>
<button id="transient" type="button">Transient part only</button>
</div>
<ul id="key"></ul>
<div id="plans"></div>
<template id="plan"><div class="plan">
<h3 class="title"></h3>
<div class="map"><div class="ticks rows" aria-hidden="true"></div>
<svg class="plot" tabindex="0" role="group" preserveAspectRatio="none" aria-label="The arena over the
 step. Arrow keys go from tensor to tensor, Page Up and Page Down from step to step."></svg>
<div class="ticks steps" aria-hidden="true"></div></div>
<p class="axis">step; upwards the bytes of the arena; dashed the peak</p>
<h3>Alive at a step</h3>
<div class="controls"><label>Step <input class="step" type="number" min="0" autocomplete="off"></label>
<input class="slide" type="range" min="0" aria-label="step" autocomplete="off">
<button class="to-peak" type="button">Peak</button></div>
<p class="what" aria-live="polite"></p>
<div class="scroll" tabindex="0" role="region" aria-label="tensors alive at the step">
<table class="live"><thead><tr><th scope="col" colspan="2">tensor</th><th scope="col">op</th>
<th scope="col" class="number">bytes</th><th scope="col" class="number">first use</th>
<th scope="col" class="number">last use</th></tr></thead></table></div>
</div></template>
<div id="spoken" class="only-read" aria-live="polite"></div>
<div id="tip" aria-hidden="true" hidden></div>
<noscript><p>The arena is drawn by a script, and scripts are switched off here.</p></noscript>
)html";

}  // namespace

std::string memory_html(const Graph& g, const Plan& plan, std::span<const PeakAtBatch> curve,
                        const PictureOptions& options) {
  std::vector<DrawnPlan> plans{{"as planned", &g, &plan}};
  for (const ComparedPlan& each : options.compared)
    plans.push_back({each.name, each.step_graph, each.plan});
  const std::string title =
      escape_xml("Memory of a training step" + (options.model.empty() ? "" : ": " + options.model) +
                 ", batch " + with_separators(plan.batch));
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>" +
      title + "</title>\n<style>";
  html.append(page_style())
      .append("</style>\n</head>\n")
      .append(plans.size() > 1 ? "<body class=\"wide\">" : "<body>")
      .append("\n<main>\n");
  html.append("<h1 class=\"only-read\">").append(title).append("</h1>\n<div class=\"chart\">\n");
  html.append(memory_svg(g, plan, curve, options)).append("</div>\n");
  html.append(
      "<section>\n<h2>The arena over the step</h2>\n<p>Each rectangle is a tensor: its live range "
      "across, its bytes in the arena up. Point at one, or press Tab and the arrow keys; click at "
      "a "
      "step, or press Page Up and Page Down, to list the tensors alive there; drag to zoom in, "
      "double-click to reset.</p>\n");
  html.append(arena_section).append("</section>\n");
  html.append("<section>\n<h2>Summary</h2>\n<div class=\"tables\">\n");
  html.append(comparison(plans))
      .append(summary(g, plan, options))
      .append("</div>\n</section>\n</main>\n");
  html.append("<script type=\"application/json\" id=\"plan-data\">").append(page_data(plans));
  html.append("</script>\n<script>").append(page_script()).append("</script>\n");
  return html.append("</body>\n</html>\n");
}

}  // namespace foregraph
