#pragma once

/// @file
/// Memory plans as SVG charts and as an HTML page.

#include <foregraph/detail/diagnose/view/memory_html.hpp>
#include <foregraph/detail/diagnose/view/memory_svg.hpp>
#include <foregraph/detail/diagnose/view/timeline.hpp>
