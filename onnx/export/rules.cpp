#include <foregraph/detail/graph/passes/rewrite.hpp>
#include <foregraph/detail/onnx/export/rules.hpp>
#include <initializer_list>

namespace foregraph::onnx {

const ExportRule* find_export_rule(std::string_view op) {
  static const ExportRules all = [] {
    ExportRules result;
    for (ExportRules part : {elementwise_export_rules(), shape_export_rules(),
                             reduction_export_rules(), network_export_rules(), image_export_rules(),
                             sequence_export_rules(), loss_export_rules()})
      result.merge(part);
    return result;
  }();
  const auto found = all.find(op);
  return found == all.end() ? nullptr : &found->second;
}

std::string reason_without_export_rule(std::string_view op) {
  static const std::map<std::string_view, std::string_view> reasons = [] {
    std::map<std::string_view, std::string_view> result;
    const auto because = [&](std::string_view reason, std::initializer_list<const char*> ops) {
      for (const char* each : ops) result[each] = reason;
    };
    because("it computes a derivative, which ONNX has no op for",
            {"attention_gradients", "average_pool2d_gradient", "conv2d_weight_gradient",
             "gru_gradient", "lstm_gradient", "max_pool2d_gather", "max_pool2d_gradient",
             "softmax_cross_entropy_gradient", "upsample_bilinear2d_gradient",
             "blockwise_softmax_cross_entropy_gradients"});
    because(
        "it forms logits and loss together, in blocks of rows, which only a training step does; "
        "export the logits",
        {"blockwise_softmax_cross_entropy"});
    because(
        "its random numbers are those of a training step; use nn::dropout(), which does nothing "
        "in evaluation",
        {"dropout", "dropout_of_part"});
    because("its random numbers come from a seed and the step, which ONNX's ops do not know",
            {"random_uniform", "random_uniform_of_part"});
    because("it is resolved before a model is exported", {"when_training"});
    because("it is a part of a gradient", {"product_of_others", "unslice"});
    return result;
  }();
  const auto found = reasons.find(op);
  if (found != reasons.end()) return std::string(found->second);
  return "there is no rule for it; write it with other ops, or give its OpDef a decompose()";
}

Graph with_exportable_ops(const Graph& graph) {
  Graph result = graph.clone();
  constexpr int most_rounds = 8;  // an equivalent may have such ops again
  for (int round = 0; round < most_rounds; ++round) {
    bool is_changed = false;
    Graph next = Graph::empty_like(result);
    DynamicArray<NodeId> map(static_cast<std::size_t>(result.size()), no_node);
    DynamicArray<NodeId> operands;
    for (NodeId id = 0; id < result.size(); ++id) {
      passes::map_inputs(result, id, map, operands);
      Tensor copy = next.append_like(result, id, operands);
      const OpDef& op = *result.node(id).op;
      if (op.decompose != nullptr && find_export_rule(op.name) == nullptr) {
        const auto scope = next.scope_like(copy.id);
        copy = op.decompose(copy);
        is_changed = true;
      }
      map[static_cast<std::size_t>(id)] = copy.id;
    }
    passes::map_interface(result, map, next);
    if (!is_changed) break;
    result = std::move(next);
  }
  return result;
}

}  // namespace foregraph::onnx
