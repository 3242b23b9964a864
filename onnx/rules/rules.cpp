#include <algorithm>
#include <foregraph/detail/onnx/rules/common.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>
#include <map>

namespace foregraph::onnx {

const std::vector<Rule>& rules() {
  static const Rules all = [] {
    Rules result;
    for (const Rules& part :
         {elementwise_rules(), shape_rules(), moving_rules(), indexing_rules(), scatter_rules(),
          sampling_rules(), reduction_rules(), network_rules(), normalisation_rules(),
          einsum_rules(), loss_rules(), convolution_rules(), pooling_rules(), resize_rules(),
          recurrent_rules(), random_rules()})
      result.insert(result.end(), part.begin(), part.end());
    return result;
  }();
  return all;
}

const Rule* find_rule(std::string_view op_type) {
  static const std::map<std::string_view, const Rule*> by_name = [] {
    std::map<std::string_view, const Rule*> result;
    for (const Rule& rule : rules()) result[rule.op_type] = &rule;
    return result;
  }();
  const auto found = by_name.find(op_type);
  return found == by_name.end() ? nullptr : found->second;
}

std::string reason_without_rule(const FileNode& node) {
  static const std::map<std::string_view, std::string_view> reasons = [] {
    std::map<std::string_view, std::string_view> result;
    const auto because = [&](std::string_view reason, std::initializer_list<const char*> ops) {
      for (const char* op : ops) result[op] = reason;
    };
    because("control flow that depends on the data", {"Loop", "Scan"});
    because("sequences of tensors",
            {"SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert",
             "SequenceLength", "SequenceMap", "SplitToSequence", "ConcatFromSequence", "Sequence"});
    because("optional values", {"Optional", "OptionalGetElement", "OptionalHasElement"});
    because("the result's shape depends on the data",
            {"Compress", "NonZero", "Unique", "NonMaxSuppression"});
    because("strings", {"StringNormalizer", "TfIdfVectorizer", "StringConcat", "StringSplit",
                        "RegexFullMatch"});
    because("integers of 8 bits: quantised models are not trained",
            {"BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "ConvInteger",
             "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "QLinearConv",
             "QLinearMatMul", "QuantizeLinear"});
    because("complex numbers, as pairs in the last axis", {"DFT", "STFT"});
    because("signal processing", {"MelWeightMatrix"});
    because("images in files", {"ImageDecoder"});
    because("regions of images, as detectors have them", {"RoiAlign"});
    because("linear algebra", {"Det"});
    because("random choices, through which nothing can be trained", {"Multinomial"});
    because("optimizers are no ops here", {"Adagrad", "Adam", "Momentum", "Gradient"});
    return result;
  }();
  if (node.domain == "ai.onnx.ml")
    return "trees, vector machines and the like are not trainable here";
  if (!node.domain.empty()) return "an op of another domain than ONNX's own";
  const auto found = reasons.find(node.op_type);
  return std::string(found == reasons.end() ? "no such op here" : found->second);
}

Dim divided(Dim elements, std::int64_t n) {
  if (n == 0 || elements.constant % n != 0 || elements.per_sample % n != 0)
    unsupported("rows of " + std::to_string(n) +
                " do not divide the elements for every batch size");
  return {elements.constant / n, elements.per_sample / n};
}

Axes axes_in(const Order& order, const std::vector<std::int64_t>& list) {
  Axes axes;
  axes.all = list.empty();
  for (const std::int64_t axis : list) {
    if (axes.count >= Shape::max_rank)
      throw DataError("there are more axes than a tensor can have");
    axes.list[static_cast<std::size_t>(axes.count++)] =
        order.position_of(from_front(axis, order.rank));
  }
  return axes;
}

Tensor counted_from_front(Tensor indices, Dim size) {
  const Tensor negative = less(indices, 0.0);
  const Tensor moved = size.is_constant()
                           ? add(indices, static_cast<double>(size.constant))
                           : add(indices, indices.graph->extent({size}, indices.dtype()));
  return select(negative, moved, indices);
}

DType dtype_of(std::int64_t type) {
  const auto number = static_cast<ElementType>(type);
  const std::optional<DType> dtype = dtype_for(number);
  if (!dtype) unsupported("numbers of type " + name_of(number));
  return *dtype;
}

Tensor permuted(Tensor x, const std::vector<int>& axes) {
  return std::is_sorted(axes.begin(), axes.end()) ? x : permute(x, axes);
}

void give_like(Op& o, int i, Tensor result) {
  const Known& operand = o.known(i);
  Known known;
  known.tensor = result;
  known.dtype = result.dtype();
  known.shape = operand.shape;
  known.order = operand.order;
  known.joined = operand.joined;
  known.joined_sizes = operand.joined_sizes;
  o.give(std::move(known));
}

}  // namespace foregraph::onnx
