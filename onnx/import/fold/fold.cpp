// Nodes whose operands do not depend on the data. A result that is not affine in the batch size
// leaves the node to its rule.
#include <foregraph/detail/onnx/import/fold/folding.hpp>
#include <map>

namespace foregraph::onnx {
namespace folding {

const std::map<std::string_view, Fold>& folds() {
  static const std::map<std::string_view, Fold> all = [] {
    std::map<std::string_view, Fold> result;
    for (const Folds& part : {elementwise_folds(), indexing_folds(), shape_folds()})
      result.insert(part.begin(), part.end());
    return result;
  }();
  return all;
}

/// True if all operands are constants of the file or computed from such. Tensors of floats that the
/// file stores are parameters.
bool operands_are_constants(const Op& op) {
  for (int i = 0; i < op.inputs(); ++i) {
    if (!op.has(i)) continue;
    const Known& known = op.known(i);
    if (known.parameter != nullptr && is_floating(known.dtype)) return false;
    if (!op.is_constant(i)) return false;
  }
  return true;
}

}  // namespace folding

bool can_fold(const FileNode& node) {
  return node.domain.empty() && (node.op_type == "Shape" || node.op_type == "Size" ||
                                 folding::folds().contains(node.op_type));
}

bool fold(Op& op) {
  const std::string& type = op.node().op_type;
  if (type == "Shape") {
    folding::shape_of_operand(op);
    return true;
  }
  if (type == "Size") {
    op.give(Constant{i64, {}, {element_of(op.shape(0).elements())}});
    return true;
  }
  const auto found = folding::folds().find(type);
  if (found == folding::folds().end() || !folding::operands_are_constants(op)) return false;
  try {
    found->second(op);
    return true;
  } catch (const folding::NotAffine&) {
    return false;
  } catch (const Unsupported&) {
    return false;  // a size that depends on the batch: the rule may still be able to do it
  }
}

}  // namespace foregraph::onnx
