#pragma once

#include <functional>
#include <limits>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::checks {

/// Between which numbers values lie.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  [[nodiscard]] double span() const { return high - low; }
};

/// Returns a range for each node of a forward graph: one that holds all its values for any
/// parameters, if `of_input` holds all values of each input. Ops that are not known have the widest
/// one. Interval arithmetic in one sweep; O(nodes + edges).
[[nodiscard]] std::vector<Range> ranges_of(const Graph& g,
                                           const std::function<Range(NodeId)>& of_input);

/// What the values of each node depend on.
struct Dependence {
  bool parameters = false;  ///< trained ones
  bool inputs = false;
};
[[nodiscard]] std::vector<Dependence> dependences_of(const Graph& g);

/// Returns which nodes are needed for `roots`.
[[nodiscard]] std::vector<char> ancestors_of(const Graph& g, const std::vector<NodeId>& roots);

/// Returns the node that `id` is under views, broadcasts and changes of type.
[[nodiscard]] NodeId under_views(const Graph& g, NodeId id);

}  // namespace foregraph::checks
