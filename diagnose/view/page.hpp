#pragma once

#include <string_view>

/// The parts of the page of memory_html() that do not depend on the plan.
namespace foregraph::picture {

/// Style sheet: light and dark, also for the charts, by their classes (see Ink).
[[nodiscard]] std::string_view page_style();

/// Draws the arena from the JSON in the element `plan-data` and answers pointer, keys and search.
[[nodiscard]] std::string_view page_script();

}  // namespace foregraph::picture
