#pragma once

#include <string>
#include <string_view>

#include <foregraph/detail/diagnose/view/timeline.hpp>

namespace foregraph::picture {

/// What something drawn is for. It decides the colour, and is the element's class, by which a page
/// around the drawing can choose other colours (say, light on dark).
enum class Ink { paper, text, muted, grid, axis, curve, bound, budget };

/// The colour of a category: Paul Tol's "bright" scheme, which people with any of the common forms
/// of colour blindness can tell apart.
[[nodiscard]] std::string_view colour_of(MemoryCategory category);

struct TextStyle {
  double size = 12;
  Ink ink = Ink::text;
  std::string_view anchor = "start";
  bool bold = false;
  bool halo = false;  ///< an outline in the colour of the paper, for text over lines
};

/// Elements of an SVG file, one after the other. Colours are attributes and not a style sheet,
/// since not all programs that take SVG read those.
class Drawing {
 public:
  void text(double x, double y, std::string_view content, const TextStyle& style = {});
  /// The same in two parts, the first of them bold, the other smaller and muted.
  void lead_and_text(double x, double y, std::string_view lead, std::string_view content,
                     std::string_view anchor);
  void line(double x1, double y1, double x2, double y2, Ink ink, double width = 1,
            std::string_view dashes = "");
  void box(double x, double y, double width, double height, Ink ink);
  void box(double x, double y, double width, double height, MemoryCategory fill);
  /// A filled area; `title` is what a pointer over it shows.
  void area(const std::string& path, MemoryCategory fill, std::string_view title);
  void shape(const std::string& path, Ink ink);
  void polyline(const std::string& path, Ink ink, double width, std::string_view dashes = "");
  void dot(double x, double y, double radius, bool filled, std::string_view title);

  [[nodiscard]] const std::string& elements() const { return elements_; }

 private:
  std::string elements_;
};

}  // namespace foregraph::picture
