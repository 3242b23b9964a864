#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/shape.hpp>

/// Handles to the nodes of a graph that stay valid when the graph is moved.
namespace foregraph {

class Graph;

/// Index of a node in its graph; nodes are in topological order.
using NodeId = std::int32_t;
/// Stands for no node.
inline constexpr NodeId no_node = -1;

namespace detail {

/// The current location of a graph, at an address that never changes. After the graph is destroyed,
/// another graph may reuse the place with the next generation.
struct GraphPlace {
  Graph* graph = nullptr;
  std::uint64_t generation = 0;
};
/// Takes a place from a pool of the process. Places are never freed, so that a handle that has
/// outlived its graph can be told from a valid one. Thread-safe.
[[nodiscard]] FOREGRAPH_EXPORT GraphPlace* take_graph_place();
FOREGRAPH_EXPORT void give_back_graph_place(GraphPlace* place) noexcept;

/// The place of one graph, created when the first handle needs it. A copy of the graph gets
/// another.
class GraphAnchor {
 public:
  constexpr GraphAnchor() = default;
  constexpr GraphAnchor(const GraphAnchor&) {}
  GraphAnchor& operator=(const GraphAnchor&) = delete;
  constexpr ~GraphAnchor() {
    if (place_ == nullptr) return;
    if (std::is_constant_evaluated())
      delete place_;
    else
      give_back_graph_place(place_);
  }

  [[nodiscard]] constexpr GraphPlace* place_of(Graph* graph) {
    if (place_ == nullptr) {
      place_ = std::is_constant_evaluated() ? new GraphPlace{} : take_graph_place();
      place_->graph = graph;
    }
    found_at(graph);
    return place_;
  }
  /// Corrects the place at compile time: g++ 12 returns objects from constexpr functions without
  /// calling a constructor, so the place is wrong until the graph itself is accessed.
  constexpr void found_at(const Graph* graph) const {
    if (std::is_constant_evaluated() && place_ != nullptr)
      place_->graph = const_cast<Graph*>(graph);  // NOLINT: made of a pointer to non-const
  }
  [[nodiscard]] constexpr const GraphPlace* place() const { return place_; }
  constexpr void swap(GraphAnchor& other) noexcept {
    GraphPlace* const mine = place_;
    place_ = other.place_;
    other.place_ = mine;
  }
  /// Makes handles find the graph at its new address.
  constexpr void moved_to(Graph* graph) noexcept {
    if (place_ != nullptr) place_->graph = graph;
  }

 private:
  GraphPlace* place_ = nullptr;
};

}  // namespace detail

/// A pointer to a graph that follows it when it is moved, and is null once it is destroyed.
class GraphRef {
 public:
  constexpr GraphRef() = default;
  /// Creates a reference to no graph.
  constexpr GraphRef(std::nullptr_t) {}  // NOLINT: as a pointer
  /// Creates a reference to `graph`.
  constexpr GraphRef(Graph* graph);  // NOLINT: as a pointer

  /// Returns the graph, at its present address; null if there is none or it is gone.
  [[nodiscard]] constexpr Graph* get() const {
    return place_ != nullptr && place_->generation == generation_ ? place_->graph : nullptr;
  }
  /// Returns the graph, as get().
  constexpr operator Graph*() const { return get(); }  // NOLINT: as a pointer
  /// Throws GraphError if there is no graph, or it is gone.
  [[nodiscard]] constexpr Graph& operator*() const;
  /// Returns the graph. Throws GraphError if there is none or it is gone.
  [[nodiscard]] constexpr Graph* operator->() const;
  /// Returns true if it refers to the graph with this anchor.
  [[nodiscard]] constexpr bool is_to(const detail::GraphAnchor& anchor) const {
    return place_ != nullptr && place_ == anchor.place() && place_->generation == generation_;
  }
  /// Returns true if it referred to a graph that has been destroyed.
  [[nodiscard]] constexpr bool is_gone() const { return place_ != nullptr && get() == nullptr; }

 private:
  detail::GraphPlace* place_ = nullptr;
  std::uint64_t generation_ = 0;
};

/// A handle to a node. Valid as long as its graph, even if the graph is moved, but not across
/// passes and clone(), which create new graphs. Ops reject a handle whose graph is gone.
struct Tensor {
  GraphRef graph{};     ///< the graph that the tensor belongs to
  NodeId id = no_node;  ///< its node

  /// Returns the shape; a scalar's, with dtype f32, if the Tensor is empty, which every op function
  /// rejects. Throws GraphError if the graph is gone.
  [[nodiscard]] constexpr const Shape& shape() const;
  /// Returns the dtype; f32 for an empty tensor. Throws GraphError if the graph is gone.
  [[nodiscard]] constexpr DType dtype() const;
};

}  // namespace foregraph
