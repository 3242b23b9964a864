#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/planner/plan.hpp>

/// Plans as text, and the facts the text is made of. At run time only. Everywhere `plan` is a plan
/// of the graph given with it.
namespace foregraph {

/// The plan of a step on one page: batch, peak, lower bound, gap, what the peak consists of, the op
/// that runs there, the largest tensors alive there, floating-point operations, kernel calls.
[[nodiscard]] std::string report(const Graph& step_graph, const Plan& plan);

/// Several plans of one step, a row each; with a column that says which fit, if there is a budget.
[[nodiscard]] std::string report(const Graph& step_graph, std::span<const Plan> plans,
                                 std::optional<Bytes> budget = {});

/// Memory in use at the peak step. An input counts once for each slot; a buffer that several nodes
/// write one after the other counts for the one whose value is in it when the peak step ends.
struct LiveTensor {
  NodeId node = no_node;
  Bytes bytes{};
  bool is_workspace = false;     ///< scratch memory of the kernel that computes `node`
  Phase phase = Phase::forward;  ///< that the report counts it for: of the buffer's first value
};
/// All that is alive at the peak, largest first, then by node. The bytes sum up to the plan's lower
/// bound.
[[nodiscard]] std::vector<LiveTensor> alive_at_peak(const Graph& step_graph, const Plan& plan);

/// What it is used for: "parameters", "optimizer state", "input buffers", "activations",
/// "gradients" or "workspace", by the rules of Breakdown.
[[nodiscard]] std::string_view category_of(const Graph& step_graph, const LiveTensor& tensor);
/// How many of them reports list.
inline constexpr std::size_t most_listed_tensors = 10;

/// The layer, by its scopes, to which a node without a name of its own belongs: "encoder/hidden".
/// Nodes of the backward pass belong to the layer whose gradient they are part of. "" for others.
[[nodiscard]] std::string layer_of(const Graph& graph, NodeId id);

/// "hidden/weight f32[784,512]"; without a name "%41 matmul of encoder/hidden f32[batch,512]".
[[nodiscard]] std::string describe_tensor(const Graph& graph, NodeId id);
/// The same, or "workspace of %41 conv2d f32[batch,32,32,16]".
[[nodiscard]] std::string describe_tensor(const Graph& graph, const LiveTensor& tensor);

/// The node whose value the task at the peak step makes, the last if it makes several; no_node if
/// the step has no task.
[[nodiscard]] NodeId node_at_peak(const Plan& plan);
/// "%41 matmul f32[batch,512] (backward, model.cpp:12)".
[[nodiscard]] std::string op_at_peak(const Graph& step_graph, const Plan& plan);

/// Floating-point operations of one step, by the ops' own rules or else one per element of the
/// result. Stays at the largest 64-bit number where that is passed.
[[nodiscard]] std::int64_t flops_of(const Graph& step_graph, std::int64_t batch_size);
/// The same of one node alone.
[[nodiscard]] std::int64_t flops_of_node(const Graph& step_graph, NodeId id,
                                         std::int64_t batch_size);
/// Kernels called in one step: fused regions, single ops, copies.
[[nodiscard]] std::int64_t kernel_calls_of(const Plan& plan);

}  // namespace foregraph
