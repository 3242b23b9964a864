#pragma once

#include <string>
#include <string_view>

/// Text for XML, HTML and JSON. Names are the user's: they may hold any bytes.
namespace foregraph::picture {

/// The text for the content or a quoted attribute of an XML or HTML element: `& < > " '` become
/// entities; control characters and what is not UTF-8 becomes U+FFFD, since XML 1.0 allows neither.
[[nodiscard]] std::string escape_xml(std::string_view text);

/// A JSON string with its quotes that may stand in an HTML script element: `<`, `>` and `&` are
/// escaped by number, so that no text in it can end the element. Not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string json_string(std::string_view text);

/// A coordinate in pixels with at most one decimal: "12", "12.5".
[[nodiscard]] std::string pixels(double value);

/// About how wide the text is in a sans-serif font of `size` pixels, rather too wide than too
/// narrow.
[[nodiscard]] double text_width(std::string_view text, double size);

/// The text, its end replaced by an ellipsis if it is wider than `width` pixels.
[[nodiscard]] std::string shortened(std::string_view text, double size, double width);

}  // namespace foregraph::picture
