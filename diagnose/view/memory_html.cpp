#include <algorithm>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/diagnose/view/drawing.hpp>
#include <foregraph/detail/diagnose/view/markup.hpp>
#include <foregraph/detail/diagnose/view/memory_html.hpp>
#include <foregraph/detail/diagnose/view/page.hpp>
#include <foregraph/detail/diagnose/view/timeline.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/planner/order_free_bound.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <unordered_map>

namespace foregraph {
namespace {

using namespace picture;

void append_item(std::string& list, const std::string& item) {
  if (!list.empty()) list += ',';
  list += item;
}

/// Deduplicated strings of the page's data.
class Strings {
 public:
  std::string index_of(const std::string& text) {
    const auto [at, is_new] = indices_.try_emplace(text, indices_.size());
    if (is_new) append_item(json_, json_string(text));
    return std::to_string(at->second);
  }
  [[nodiscard]] std::string json() const { return '[' + json_ + ']'; }

 private:
  std::unordered_map<std::string, std::size_t> indices_{};
  std::string json_{};
};

/// Returns "f32[128,512] (f32[batch,512])": the type at the plan's batch, and as declared.
std::string type_of(const Graph& g, const Plan& plan, NodeId id) {
  const Node& node = g.node(id);
  Shape sized = node.shape;
  for (int i = 0; i < sized.rank; ++i) sized.set(i, Dim{node.shape[i].at(plan.batch)});
  const std::string declared = to_string(node.dtype, node.shape);
  const std::string actual = to_string(node.dtype, sized);
  return declared == actual ? actual : actual + " (" + declared + ")";
}

std::string json_of_tensors(const Graph& g, const Plan& plan, const MemoryTimeline& timeline,
                            Strings& strings) {
  struct Entry {
    const MemoryBlock* block;
    TensorLife life;
    bool is_prefetched;
  };
  std::vector<Entry> entries;
  for (const MemoryBlock& block : timeline.blocks) {
    if (block.segment == Segment::inputs && block.offset >= plan.variables_bytes + plan.slot_bytes)
      entries.push_back({&block, block.tensors.front(), true});
    else
      for (const TensorLife& life : block.tensors) entries.push_back({&block, life, false});
  }
  // The arrow keys visit them in this order.
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.life.first != b.life.first ? a.life.first < b.life.first
                                        : a.block->offset < b.block->offset;
  });
  std::string json;
  for (const auto& [block, life, is_prefetched] : entries) {
    const Node& node = g.node(life.node);
    const std::string name =
        is_prefetched ? "input buffers of prefetched batches"
        : block->segment == Segment::threads
            ? "workspaces of " + text::counted(plan.options.threads - 1, "more thread")
        : life.is_workspace ? "workspace of " + full_name(g, life.node)
                            : full_name(g, life.node);
    const std::string type = is_prefetched       ? "all inputs"
                             : life.is_workspace ? "scratch memory"
                                                 : type_of(g, plan, life.node);
    const std::string at = node.at.line > 0 && !is_prefetched ? file_and_line(node.at) : "";
    std::string item;
    for (const std::int64_t number :
         {std::int64_t{life.first}, std::int64_t{life.last}, block->offset, block->bytes,
          static_cast<std::int64_t>(block->category)})
      append_item(item, std::to_string(number));
    for (const std::string& text :
         {name, type, std::string(node.op->name), std::string(name_of(node.phase)), at})
      append_item(item, strings.index_of(text));
    append_item(item, std::to_string(block - timeline.blocks.data()));
    append_item(json, '[' + item + ']');
  }
  return '[' + json + ']';
}

std::string json_of(const Graph& g, const Plan& plan) {
  const MemoryTimeline timeline = memory_timeline(g, plan);
  Strings strings;
  const std::string tensors = json_of_tensors(g, plan, timeline, strings);
  std::string categories;
  std::string colours;
  for (std::size_t c = 0; c < memory_categories; ++c) {
    const auto category = static_cast<MemoryCategory>(c);
    append_item(categories, json_string(name_of(category)));
    append_item(colours, json_string(colour_of(category)));
  }
  return "{\"steps\":" + std::to_string(timeline.steps.size()) +
         ",\"peak\":" + std::to_string(plan.peak_step) +
         ",\"arena\":" + std::to_string(plan.peak().count) +
         ",\"transient\":" + std::to_string(plan.variables_bytes + plan.inputs_bytes()) +
         ",\"categories\":[" + categories + "],\"colours\":[" + colours +
         "],\"strings\":" + strings.json() + ",\"tensors\":" + tensors + '}';
}

std::string row(std::string_view name, std::string_view value, bool is_text = false) {
  return "<tr><th scope=\"row\">" + escape_xml(name) + "</th><td" +
         (is_text ? " class=\"text\">" : ">") + escape_xml(value) + "</td></tr>\n";
}

std::string summary(const Graph& g, const Plan& plan, const PictureOptions& options) {
  const auto size = [](Bytes bytes) {
    return to_string(bytes) +
           (bytes.count < 10'000 ? "" : " (" + with_separators(bytes.count) + " B)");
  };
  const Bytes any_order = order_free_bound(g, plan).bytes;
  std::string html = "<table><caption>The plan</caption>\n" + row("peak", size(plan.peak())) +
                     row("lower bound of this order", size(plan.lower_bound())) +
                     row("lower bound of any order", size(any_order)) +
                     row("gap", plan.peak() == any_order ? "none: proven optimal"
                                                         : size(plan.peak() - any_order));
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

std::string colour_key() {
  std::string html = "<ul class=\"key\">";
  for (std::size_t c = 0; c < memory_categories; ++c) {
    const auto category = static_cast<MemoryCategory>(c);
    html +=
        "<li><svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect width=\"12\" "
        "height=\"12\" rx=\"2\" fill=\"" +
        std::string(colour_of(category)) + "\"/></svg>" + std::string(name_of(category)) + "</li>";
  }
  return html + "</ul>\n";
}

constexpr std::string_view arena_section = R"html(<div class="controls">
<label for="search">Find tensors</label>
<input id="search" type="search" placeholder="part of a name" autocomplete="off" spellcheck="false">
<output id="found" for="search"></output>
<button id="all" type="button">Whole arena</button>
<button id="transient" type="button">Transient part only</button>
</div>
<div id="map"><div class="ticks" id="rows" aria-hidden="true"></div>
<svg id="plot" tabindex="0" role="group" preserveAspectRatio="none"
 aria-label="The arena over the step. Arrow keys go from tensor to tensor."></svg>
<div class="ticks" id="steps" aria-hidden="true"></div></div>
<p class="axis">step; upwards the bytes of the arena; the dashed line marks the peak</p>
<div id="spoken" class="only-read" aria-live="polite"></div>
<div id="tip" aria-hidden="true" hidden></div>
<noscript><p>The arena is drawn by a script, and scripts are switched off here.</p></noscript>
)html";

}  // namespace

std::string memory_html(const Graph& g, const Plan& plan, std::span<const PeakAtBatch> curve,
                        const PictureOptions& options) {
  const std::string title =
      escape_xml("Memory of a training step" + (options.model.empty() ? "" : ": " + options.model) +
                 ", batch " + with_separators(plan.batch));
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>" +
      title + "</title>\n<style>";
  html.append(page_style()).append("</style>\n</head>\n<body>\n<main>\n");
  html.append("<h1 class=\"only-read\">").append(title).append("</h1>\n<div class=\"chart\">\n");
  html.append(memory_svg(g, plan, curve, options)).append("</div>\n");
  html.append(
      "<section>\n<h2>The arena over the step</h2>\n<p>Each rectangle is a tensor: its live range "
      "across, its bytes in the arena up. Point at one, or press Tab and the arrow keys; drag to "
      "zoom in, double-click to reset.</p>\n");
  html.append(colour_key()).append(arena_section).append("</section>\n");
  html.append("<section>\n<h2>Summary</h2>\n<div class=\"tables\">\n");
  html.append(summary(g, plan, options)).append("</div>\n</section>\n</main>\n");
  html.append("<script type=\"application/json\" id=\"plan-data\">").append(json_of(g, plan));
  html.append("</script>\n<script>").append(page_script()).append("</script>\n");
  return html.append("</body>\n</html>\n");
}

}  // namespace foregraph
