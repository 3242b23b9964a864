#pragma once

#include <functional>
#include <limits>
#include <span>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::checks {

/// Lower and upper bound of values.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  [[nodiscard]] double span() const { return high - low; }
};

/// Returns a range for each node of a forward graph that contains all its values for any
/// parameters, provided `of_input` contains all values of each input. Unknown ops have an infinite
/// range. Interval arithmetic in one sweep; O(nodes + edges).
[[nodiscard]] std::vector<Range> ranges_of(const Graph& g,
                                           const std::function<Range(NodeId)>& of_input);

/// The kinds of values a node depends on.
struct Dependence {
  bool parameters = false;  ///< trained ones
  bool inputs = false;
};
[[nodiscard]] std::vector<Dependence> dependences_of(const Graph& g);

/// Returns the nodes needed to compute `roots`, as flags by node.
[[nodiscard]] std::vector<char> ancestors_of(const Graph& g, std::span<const NodeId> roots);

/// Returns the node under the views, broadcasts and casts of `id`.
[[nodiscard]] NodeId under_views(const Graph& g, NodeId id);

}  // namespace foregraph::checks
