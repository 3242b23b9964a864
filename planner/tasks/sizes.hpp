#pragma once

#include <limits>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/planner/packing/placement.hpp>

/// Bytes of values and of kernels' workspaces, affine in the batch or at one batch size.
namespace foregraph::planning {

[[nodiscard]] constexpr Dim bytes_of(const Node& node) {
  return multiply(node.shape.elements(), Dim{bytes_per_element(node.dtype)}).value;
}
[[nodiscard]] constexpr std::int64_t buffer_bytes(const Node& node, std::int64_t batch_size) {
  return align_up(bytes_of(node).at(batch_size));
}

/// Returns the bytes of workspace the kernel of `id` asks for, affine in the batch.
[[nodiscard]] constexpr Dim workspace_bytes_of(const Graph& g, NodeId id) {
  const Node& node = g.node(id);
  if (node.op->workspace_bytes == nullptr) return Dim{0};
  DynamicArray<Operand> operands;
  for (const NodeId input : g.inputs_of(id))
    operands.push_back({g.node(input).shape, g.node(input).dtype});
  return node.op->workspace_bytes({operands.data(), operands.size()}, {node.shape, node.dtype},
                                  node.attributes);
}

/// Returns the floating-point operations of node `id`; the largest integer if they do not fit.
[[nodiscard]] constexpr std::int64_t flops_of_node(const Graph& g, NodeId id,
                                                   std::int64_t batch_size) {
  const Node& node = g.node(id);
  if (node.op->kind != OpKind::elementwise && node.op->kind != OpKind::compute) return 0;
  Dim flops = node.shape.elements();
  if (node.op->flops != nullptr) {
    DynamicArray<Operand> operands;
    for (const NodeId input : g.inputs_of(id))
      operands.push_back({g.node(input).shape, g.node(input).dtype});
    flops = node.op->flops({operands.data(), operands.size()}, {node.shape, node.dtype},
                           node.attributes);
  }
  std::int64_t count = 0;
  if (!flops.is_known() || __builtin_mul_overflow(flops.per_sample, batch_size, &count) ||
      __builtin_add_overflow(count, flops.constant, &count))
    return std::numeric_limits<std::int64_t>::max();
  return count;
}

/// Returns the bytes of workspace each thread after the first needs: the largest workspace of an op
/// with OpDef::workspace_per_thread. Skips sizes that overflow 64 bits, as no plan exists for them.
[[nodiscard]] constexpr std::int64_t workspace_per_thread(const Graph& g, std::int64_t batch_size) {
  std::int64_t most = 0;
  for (NodeId id = 0; id < g.size(); ++id) {
    if (!g.node(id).op->workspace_per_thread) continue;
    const Dim size = workspace_bytes_of(g, id);
    std::int64_t bytes = 0;
    bool overflow = __builtin_mul_overflow(size.per_sample, batch_size, &bytes);
    overflow |= __builtin_add_overflow(bytes, size.constant, &bytes);
    if (size.is_known() && !overflow && bytes > most) most = bytes;
  }
  return most == 0 ? 0 : align_up(most);
}
/// Returns the bytes of workspace of the threads after the first, for a step on `threads` threads.
[[nodiscard]] constexpr std::int64_t thread_workspace_bytes(const Graph& g, std::int64_t batch_size,
                                                            int threads) {
  return threads <= 1 ? 0 : (threads - 1) * workspace_per_thread(g, batch_size);
}
/// Returns the op whose workspace is the largest of those counted by workspace_per_thread(), or
/// no_node if there is none.
[[nodiscard]] constexpr NodeId op_with_thread_workspace(const Graph& g, std::int64_t batch_size) {
  const std::int64_t most = workspace_per_thread(g, batch_size);
  for (NodeId id = 0; most > 0 && id < g.size(); ++id)
    if (g.node(id).op->workspace_per_thread &&
        align_up(workspace_bytes_of(g, id).at(batch_size)) == most)
      return id;
  return no_node;
}

/// Returns true if the total size of all values and workspaces, each rounded up, and `other_bytes`
/// fits 64 bits; with the workspaces of `threads` threads.
[[nodiscard]] constexpr bool sizes_fit_64_bits(const Graph& g, std::int64_t batch_size,
                                               std::int64_t input_buffers,
                                               std::int64_t other_bytes = 0, int threads = 1) {
  std::int64_t total = other_bytes;
  bool overflow = false;
  if (threads > 1) {
    std::int64_t bytes = 0;
    overflow |= __builtin_mul_overflow(workspace_per_thread(g, batch_size), threads - 1, &bytes);
    overflow |= __builtin_add_overflow(total, bytes, &total);
  }
  for (NodeId id = 0; id < g.size(); ++id) {
    const Node& node = g.node(id);
    const Dim elements = node.shape.elements();
    const std::int64_t copies = node.op->kind == OpKind::input ? input_buffers : 1;
    std::int64_t bytes = 0;
    overflow |= __builtin_mul_overflow(elements.per_sample, batch_size, &bytes);
    overflow |= __builtin_add_overflow(bytes, elements.constant, &bytes);
    overflow |= __builtin_mul_overflow(bytes, bytes_per_element(node.dtype), &bytes);
    overflow |= __builtin_add_overflow(bytes, alignment_bytes, &bytes);
    overflow |= __builtin_mul_overflow(bytes, copies, &bytes);
    overflow |= __builtin_add_overflow(total, bytes, &total);
    if (node.op->workspace_bytes == nullptr) continue;
    const Dim workspace = workspace_bytes_of(g, id);
    overflow |= __builtin_mul_overflow(workspace.per_sample, batch_size, &bytes);
    overflow |= !workspace.is_known();
    overflow |= __builtin_add_overflow(bytes, workspace.constant, &bytes);
    overflow |= __builtin_add_overflow(bytes, alignment_bytes, &bytes);
    overflow |= __builtin_add_overflow(total, bytes, &total);
  }
  return !overflow;
}

}  // namespace foregraph::planning
