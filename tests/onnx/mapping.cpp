#include "onnx/mapping.hpp"

#include <algorithm>
#include <map>

#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/add.hpp>

namespace foregraph::onnx_tests {

Axes axes_of(const std::vector<std::int64_t>& list) {
  Axes axes;
  axes.all = list.empty();
  for (const std::int64_t axis : list)
    axes.list[static_cast<std::size_t>(axes.count++)] = static_cast<int>(axis);
  return axes;
}

Tensor counted_from_front(Tensor indices, std::int64_t size) {
  const Tensor moved = add(indices, static_cast<double>(size));
  const Tensor negative = less(indices, 0.0);
  return select(negative, moved, indices);
}

const std::vector<Mapping>& mappings() {
  static const Mappings all = [] {
    Mappings result;
    for (const Mappings& part :
         {elementwise_mappings(), shape_mappings(), reduction_mappings(), network_mappings(),
          loss_mappings(), image_mappings(), recurrent_mappings()})
      result.insert(result.end(), part.begin(), part.end());
    return result;
  }();
  return all;
}

const Mapping* find_mapping(std::string_view op_type) {
  const auto found = std::find_if(mappings().begin(), mappings().end(),
                                  [&](const Mapping& m) { return m.op_type == op_type; });
  return found == mappings().end() ? nullptr : &*found;
}

std::string reason_without_mapping(std::string_view op_type) {
  static const std::map<std::string_view, std::string_view> reasons = [] {
    std::map<std::string_view, std::string_view> result;
    const auto because = [&](std::string_view reason, std::initializer_list<const char*> ops) {
      for (const char* op : ops) result[op] = reason;
    };
    because("control flow", {"If", "Loop", "Scan"});
    because("sequences",
            {"SequenceAt", "SequenceConstruct", "SequenceEmpty", "SequenceErase", "SequenceInsert",
             "SequenceLength", "SequenceMap", "SplitToSequence", "ConcatFromSequence", "Sequence"});
    because("optional values", {"Optional", "OptionalGetElement", "OptionalHasElement"});
    because("the result's shape depends on the data",
            {"Compress", "NonZero", "Unique", "NonMaxSuppression"});
    because("strings", {"StringNormalizer", "TfIdfVectorizer"});
    because("unsigned integers",
            {"BitShift", "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear",
             "MatMulInteger", "QLinearConv", "QLinearMatMul", "QuantizeLinear"});
    because("random numbers", {"Bernoulli", "RandomNormal", "RandomNormalLike", "RandomUniform",
                               "RandomUniformLike", "Multinomial"});
    because("signal processing",
            {"BlackmanWindow", "DFT", "HammingWindow", "HannWindow", "MelWeightMatrix", "STFT"});
    because("linear algebra", {"Det"});
    because("optimizers are no ops here", {"Adagrad", "Adam", "Momentum"});
    return result;
  }();
  if (find_mapping(op_type) != nullptr) return {};
  const auto found = reasons.find(op_type);
  return std::string(found == reasons.end() ? "no such op" : found->second);
}

}  // namespace foregraph::onnx_tests
