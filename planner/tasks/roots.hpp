#pragma once

#include <foregraph/detail/graph/graph.hpp>

/// The node that owns a node's memory, and the dtype a region computes in.
namespace foregraph::planning {

/// Returns the node that owns the memory of `id`: `id` itself or, for a view, the viewed node.
[[nodiscard]] constexpr NodeId storage_root(const Graph& g, NodeId id) {
  while (g.node(id).op->kind == OpKind::view) id = g.inputs_of(id).data()[0];
  return id;
}

/// Returns the node whose memory begins where the memory of `id` begins: like storage_root(), but
/// stops at a view with an offset.
[[nodiscard]] constexpr NodeId first_byte_of(const Graph& g, NodeId id) {
  while (g.node(id).op->kind == OpKind::view && g.node(id).op->view_offset == nullptr)
    id = g.inputs_of(id)[0];
  return id;
}

/// Returns the offset in bytes of `id` in the memory of its storage root.
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

/// Returns the node a region loads to use `id`: the operand of a broadcast is loaded instead.
[[nodiscard]] constexpr NodeId load_root(const Graph& g, NodeId id) {
  while (g.node(id).op->kind == OpKind::broadcast) id = g.inputs_of(id)[0];
  return id;
}

[[nodiscard]] constexpr bool is_scalar_leaf(OpKind kind) {
  return kind == OpKind::constant || kind == OpKind::setting || kind == OpKind::extent;
}

/// Returns the dtype in which a region computes `id`; booleans use the dtype of the numbers they
/// are combined with.
[[nodiscard]] constexpr DType compute_dtype(const Graph& g, NodeId id) {
  if (g.node(id).dtype != boolean) return g.node(id).dtype;
  for (const NodeId input : g.inputs_of(id))
    if (g.node(input).dtype != boolean) return g.node(input).dtype;
  return g.node(id).dtype;
}

}  // namespace foregraph::planning
