#pragma once

#include <string>
#include <string_view>

#include <foregraph/detail/diagnose/view/timeline.hpp>

namespace foregraph::picture {

/// The purpose of a drawn element. It determines the colour and is the element's class, which lets
/// a page around the drawing choose other colours (for example light on dark).
enum class Ink { paper, text, muted, grid, axis, curve, bound, budget, measured };

/// Returns the colour of a category from Paul Tol's "bright" scheme, which is distinguishable with
/// all common forms of colour blindness.
[[nodiscard]] std::string_view colour_of(MemoryCategory category);

struct TextStyle {
  double size = 12;
  Ink ink = Ink::text;
  std::string_view anchor = "start";
  bool bold = false;
  bool halo = false;  ///< outline in the paper's colour, for text over lines
};

/// Builds the elements of an SVG file in order. Colours are attributes rather than a style sheet,
/// since not all SVG readers support style sheets.
class Drawing {
 public:
  void text(double x, double y, std::string_view content, const TextStyle& style = {});
  /// Draws text in two parts, the first bold, the second smaller and muted.
  void lead_and_text(double x, double y, std::string_view lead, std::string_view content,
                     std::string_view anchor);
  void line(double x1, double y1, double x2, double y2, Ink ink, double width = 1,
            std::string_view dashes = "");
  void box(double x, double y, double width, double height, Ink ink);
  void box(double x, double y, double width, double height, MemoryCategory fill);
  /// Draws a filled area; `title` is its tooltip.
  void area(const std::string& path, MemoryCategory fill, std::string_view title);
  void shape(const std::string& path, Ink ink);
  void polyline(const std::string& path, Ink ink, double width, std::string_view dashes = "");
  void dot(double x, double y, double radius, bool filled, std::string_view title);

  [[nodiscard]] const std::string& elements() const { return elements_; }

 private:
  std::string elements_;
};

}  // namespace foregraph::picture
