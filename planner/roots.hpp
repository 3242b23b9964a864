#pragma once

#include <foregraph/detail/graph/graph.hpp>

/// Whose memory a node shows, and what a region computes in.
namespace foregraph::planning {

/// The node whose memory `id` shows: itself, or what it is a view of.
[[nodiscard]] constexpr NodeId storage_root(const Graph& g, NodeId id) {
  while (g.node(id).op->kind == OpKind::view) id = g.inputs_of(id)[0];
  return id;
}

/// The node whose memory begins where that of `id` does: as storage_root(), but not past a view
/// that begins later.
[[nodiscard]] constexpr NodeId first_byte_of(const Graph& g, NodeId id) {
  while (g.node(id).op->kind == OpKind::view && g.node(id).op->view_offset == nullptr)
    id = g.inputs_of(id)[0];
  return id;
}

/// Where the bytes of `id` begin in the memory of its storage root, in bytes.
[[nodiscard]] constexpr std::int64_t offset_in_root(const Graph& g, NodeId id,
                                                    std::int64_t batch_size) {
  std::int64_t offset = 0;
  while (g.node(id).op->kind == OpKind::view) {
    const Node& view = g.node(id);
    id = g.inputs_of(id)[0];
    if (view.op->view_offset != nullptr)
      offset += view.op->view_offset({g.node(id).shape, g.node(id).dtype}, view.attributes)
                    .at(batch_size);
  }
  return offset;
}

/// The node a region loads when it uses `id`: broadcasts are only a way of loading.
[[nodiscard]] constexpr NodeId load_root(const Graph& g, NodeId id) {
  while (g.node(id).op->kind == OpKind::broadcast) id = g.inputs_of(id)[0];
  return id;
}

[[nodiscard]] constexpr bool is_scalar_leaf(OpKind kind) {
  return kind == OpKind::constant || kind == OpKind::setting || kind == OpKind::extent;
}

/// The dtype a region computes in; truth values join the dtype of the numbers they are used with.
[[nodiscard]] constexpr DType compute_dtype(const Graph& g, NodeId id) {
  if (g.node(id).dtype != boolean) return g.node(id).dtype;
  for (const NodeId input : g.inputs_of(id))
    if (g.node(input).dtype != boolean) return g.node(input).dtype;
  return g.node(id).dtype;
}

}  // namespace foregraph::planning
