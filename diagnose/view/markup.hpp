#pragma once

#include <string>
#include <string_view>

/// Escaping of text for XML, HTML and JSON. Names come from the user and may hold any bytes.
namespace foregraph::picture {

/// Returns text for the content or a quoted attribute of an XML or HTML element: `& < > " '` become
/// entities; control characters and invalid UTF-8 become U+FFFD, since XML 1.0 allows neither.
[[nodiscard]] std::string escape_xml(std::string_view text);

/// Returns a quoted JSON string that is safe in an HTML script element: `<`, `>` and `&` are
/// escaped by number, so that no text in it can end the element. Invalid UTF-8 becomes U+FFFD.
[[nodiscard]] std::string json_string(std::string_view text);

/// Returns a coordinate in pixels with at most one decimal: "12", "12.5".
[[nodiscard]] std::string pixels(double value);

/// Returns the approximate width of the text in a sans-serif font of `size` pixels, overestimating
/// rather than underestimating.
[[nodiscard]] double text_width(std::string_view text, double size);

/// Returns the text, its end replaced by an ellipsis if it is wider than `width` pixels.
[[nodiscard]] std::string shortened(std::string_view text, double size, double width);

}  // namespace foregraph::picture
