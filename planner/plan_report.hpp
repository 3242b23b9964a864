#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/list_of.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/planner/plan.hpp>

/// Plans as text, and the facts in that text. At run time only. A parameter `plan` is always a plan
/// of the graph passed with it.
namespace foregraph {

/// Returns one page about the plan of a step: batch, peak, lower bound, gap, breakdown of the peak,
/// the op at the peak, the largest tensors alive there, floating-point operations, kernel calls.
[[nodiscard]] FOREGRAPH_EXPORT std::string plan_report(const Graph& step_graph, const Plan& plan);

/// Returns a table of several plans of one step, one per row. A budget adds a column that shows
/// which plans fit.
[[nodiscard]] FOREGRAPH_EXPORT std::string plan_report(const Graph& step_graph, ListOf<Plan> plans,
                                                       std::optional<Bytes> budget = {});

/// Returns the table for plans whose graphs have different forms, as plan_step() chooses them by
/// batch size: graph i is that of plan i. Throws UsageError if their numbers differ.
[[nodiscard]] FOREGRAPH_EXPORT std::string plan_report(std::span<const Graph> step_graphs,
                                                       std::span<const Plan> plans,
                                                       std::optional<Bytes> budget = {});

/// A tensor in memory at the peak step. The bytes of an input include all slots; a buffer that
/// several nodes use in turn is listed under the node whose value it holds when the peak step ends.
struct LiveTensor {
  /// The value's node.
  NodeId node = no_node;
  /// Size of the buffer.
  Bytes bytes{};
  bool is_workspace = false;     ///< workspace of the kernel that computes `node`
  Phase phase = Phase::forward;  ///< of the buffer's first value; selects the category
  /// Number of further threads, if these are their workspaces; `node` is then the op with the
  /// largest one. Otherwise 0.
  int threads = 0;
};
/// Returns all tensors alive at the peak, largest first, then by node. Their bytes and
/// PlanOptions::other_bytes add up to the plan's lower bound.
[[nodiscard]] FOREGRAPH_EXPORT std::vector<LiveTensor> alive_at_peak(const Graph& step_graph,
                                                                     const Plan& plan);

/// Returns the use of a tensor, by the rules of Breakdown: "parameters", "optimizer state", "input
/// buffers", "activations", "gradients" or "workspace".
[[nodiscard]] FOREGRAPH_EXPORT std::string_view category_of(const Graph& step_graph,
                                                            const LiveTensor& tensor);
/// The number of tensors that reports list.
inline constexpr std::size_t most_listed_tensors = 10;

/// Returns the layer, by its scopes, to which an unnamed node belongs: "encoder/hidden". Nodes of
/// the backward pass belong to the layer whose gradient they contribute to. Returns "" for others.
[[nodiscard]] FOREGRAPH_EXPORT std::string layer_of(const Graph& graph, NodeId id);

/// Returns "hidden/weight f32[784,512]", or if the node has no name "%41 matmul of encoder/hidden
/// f32[batch,512]".
[[nodiscard]] FOREGRAPH_EXPORT std::string describe_tensor(const Graph& graph, NodeId id);
/// Describes the tensor's node, for a workspace as "workspace of %41 conv2d f32[batch,32,32,16]",
/// for those of further threads with " on 3 more threads" at the end.
[[nodiscard]] FOREGRAPH_EXPORT std::string describe_tensor(const Graph& graph,
                                                           const LiveTensor& tensor);

/// Returns the node that the task at the peak step computes, the last one if it computes several;
/// no_node if the step has no task.
[[nodiscard]] FOREGRAPH_EXPORT NodeId node_at_peak(const Plan& plan);
/// Returns for example "%41 matmul f32[batch,512] (backward, model.cpp:12)".
[[nodiscard]] FOREGRAPH_EXPORT std::string op_at_peak(const Graph& step_graph, const Plan& plan);

/// Returns the floating-point operations of one step, by the ops' rules or else one per element of
/// the result. Saturates at the largest 64-bit number.
[[nodiscard]] FOREGRAPH_EXPORT std::int64_t flops_of(const Graph& step_graph,
                                                     std::int64_t batch_size);
/// Returns the floating-point operations of a single node, with the rules of flops_of().
[[nodiscard]] FOREGRAPH_EXPORT std::int64_t flops_of_node(const Graph& step_graph, NodeId id,
                                                          std::int64_t batch_size);
/// Returns the number of kernel calls in one step: fused regions, single ops, copies.
[[nodiscard]] FOREGRAPH_EXPORT std::int64_t kernel_calls_of(const Plan& plan);

}  // namespace foregraph
