#pragma once

#include <string_view>

/// Plan-independent parts of the page of memory_html().
namespace foregraph::picture {

/// Returns the style sheet: light and dark, also for the charts, by their classes (see Ink).
[[nodiscard]] std::string_view page_style();

/// Returns the script that draws the arena from the JSON in the element `plan-data` and handles
/// pointer, keys and search.
[[nodiscard]] std::string_view page_script();

}  // namespace foregraph::picture
