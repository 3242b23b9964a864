#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::picture {

/// Returns the layer of each node, by its scopes: "block0/attention/query"; "" for inputs and for
/// values that depend on no layer.
///
/// State of an optimizer belongs to the layer of its parameter, and values of the update to the
/// layer of the gradient they use. A parameter outside of all scopes is a layer by itself. Values
/// computed between layers, such as an activation, belong to the layer whose result they use; in
/// the backward pass, to that of the forward value they use. O(nodes + edges).
[[nodiscard]] std::vector<std::string> layers_of(const Graph& g);

/// Colours for layers, in the order of the layers and from the start again after the last one.
/// Neighbours differ in hue by 150 degrees and in lightness; each has a contrast of at least 3 to
/// the page's light and dark paper, the least that WCAG 2.2 asks of graphics (criterion 1.4.11).
inline constexpr std::array<std::string_view, 12> layer_colours{
    "#468de5", "#af4803", "#19a0a0", "#a5417f", "#629f39", "#655bbe",
    "#bb7e00", "#027797", "#d7606e", "#067f5c", "#ae6dca", "#766f08"};

}  // namespace foregraph::picture
