#include <array>
#include <foregraph/detail/diagnose/view/drawing.hpp>
#include <foregraph/detail/diagnose/view/markup.hpp>

namespace foregraph::picture {
namespace {

struct InkLook {
  std::string_view name;
  std::string_view colour;
};
const InkLook& look_of(Ink ink) {
  static constexpr std::array<InkLook, 9> looks{{{"paper", "#ffffff"},
                                                 {"text", "#1b1f24"},
                                                 {"muted", "#5b6470"},
                                                 {"grid", "#e3e6ea"},
                                                 {"axis", "#8b949e"},
                                                 {"curve", "#1b1f24"},
                                                 {"bound", "#8b949e"},
                                                 {"budget", "#b3261e"},
                                                 {"measured", "#0b57d0"}}};
  return looks[static_cast<std::size_t>(ink)];
}

std::string attribute(std::string_view name, std::string_view value) {
  return std::string(" ").append(name).append("=\"").append(value) + '"';
}
std::string attribute(std::string_view name, double value) {
  return attribute(name, pixels(value));
}
std::string stroke(Ink ink, double width, std::string_view dashes) {
  const InkLook& look = look_of(ink);
  std::string text = attribute("class", std::string("stroke-").append(look.name)) +
                     attribute("fill", "none") + attribute("stroke", look.colour) +
                     attribute("stroke-width", width);
  if (!dashes.empty()) text += attribute("stroke-dasharray", dashes);
  return text;
}
std::string fill(MemoryCategory category) {
  return attribute("class", "category-" + std::to_string(static_cast<int>(category))) +
         attribute("fill", colour_of(category));
}
std::string rectangle(double x, double y, double width, double height) {
  return "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", width) +
         attribute("height", height);
}
std::string title_element(std::string_view title) {
  return "<title>" + escape_xml(title) + "</title>";
}

}  // namespace

std::string_view colour_of(MemoryCategory category) {
  static constexpr std::array<std::string_view, memory_categories> colours{
      "#4477aa", "#66ccee", "#228833", "#ccbb44", "#ee6677", "#aa3377"};
  return colours[static_cast<std::size_t>(category)];
}

void Drawing::text(double x, double y, std::string_view content, const TextStyle& style) {
  const InkLook& look = look_of(style.ink);
  elements_ +=
      "<text" + attribute("x", x) + attribute("y", y) + attribute("font-size", style.size) +
      attribute("class", std::string("fill-").append(look.name)) + attribute("fill", look.colour);
  if (style.anchor != "start") elements_ += attribute("text-anchor", style.anchor);
  if (style.bold) elements_ += attribute("font-weight", "600");
  if (style.halo)
    elements_ += attribute("stroke", look_of(Ink::paper).colour) + attribute("stroke-width", 4) +
                 attribute("stroke-linejoin", "round") + attribute("paint-order", "stroke");
  elements_ += '>' + escape_xml(content) + "</text>\n";
}

void Drawing::lead_and_text(double x, double y, std::string_view lead, std::string_view content,
                            std::string_view anchor) {
  const InkLook& ink = look_of(Ink::text);
  const InkLook& muted = look_of(Ink::muted);
  elements_ += "<text" + attribute("x", x) + attribute("y", y) + attribute("text-anchor", anchor) +
               "><tspan" + attribute("font-size", 13) + attribute("font-weight", "600") +
               attribute("class", std::string("fill-").append(ink.name)) +
               attribute("fill", ink.colour) + '>' + escape_xml(lead) + "</tspan><tspan" +
               attribute("dx", 9) + attribute("font-size", 12) +
               attribute("class", std::string("fill-").append(muted.name)) +
               attribute("fill", muted.colour) + '>' + escape_xml(content) + "</tspan></text>\n";
}

void Drawing::line(double x1, double y1, double x2, double y2, Ink ink, double width,
                   std::string_view dashes) {
  elements_ += "<line" + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) +
               attribute("y2", y2) + stroke(ink, width, dashes) + "/>\n";
}

void Drawing::box(double x, double y, double width, double height, Ink ink) {
  const InkLook& look = look_of(ink);
  elements_ += rectangle(x, y, width, height) +
               attribute("class", std::string("fill-").append(look.name)) +
               attribute("fill", look.colour) + "/>\n";
}

void Drawing::box(double x, double y, double width, double height, MemoryCategory category) {
  elements_ += rectangle(x, y, width, height) + attribute("rx", 2) + fill(category) + "/>\n";
}

void Drawing::area(const std::string& path, MemoryCategory category, std::string_view title) {
  elements_ +=
      "<path" + fill(category) + attribute("d", path) + '>' + title_element(title) + "</path>\n";
}

void Drawing::shape(const std::string& path, Ink ink) {
  const InkLook& look = look_of(ink);
  elements_ += "<path" + attribute("class", std::string("fill-").append(look.name)) +
               attribute("fill", look.colour) + attribute("d", path) + "/>\n";
}

void Drawing::polyline(const std::string& path, Ink ink, double width, std::string_view dashes) {
  elements_ += "<path" + stroke(ink, width, dashes) + attribute("stroke-linejoin", "round") +
               attribute("d", path) + "/>\n";
}

void Drawing::dot(double x, double y, double radius, bool filled, std::string_view title) {
  const InkLook& inside = look_of(filled ? Ink::curve : Ink::paper);
  elements_ += "<circle" + attribute("cx", x) + attribute("cy", y) + attribute("r", radius) +
               attribute("class", std::string("dot fill-").append(inside.name)) +
               attribute("fill", inside.colour) + attribute("stroke", look_of(Ink::curve).colour) +
               attribute("stroke-width", 1.5) + '>' + title_element(title) + "</circle>\n";
}

}  // namespace foregraph::picture
