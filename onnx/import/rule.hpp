#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/onnx/import/op.hpp>

namespace foregraph::onnx {

/// How nodes of one op of ONNX are imported.
struct Rule {
  std::string_view op_type;
  void (*build)(Op&);  ///< appends the expression and gives its results
};

/// Returns the rule of an op, null if there is none. The lists of rules are in onnx/rules/.
[[nodiscard]] const Rule* find_rule(std::string_view op_type);
/// Returns all rules.
[[nodiscard]] const std::vector<Rule>& rules();
/// Returns why an op has no rule; "no such op here" if there is no particular reason.
[[nodiscard]] std::string reason_without_rule(const FileNode& node);

/// Computes the results of a node whose operands do not depend on the data, if it is arithmetic on
/// shapes. Returns false if it is not, or the results are not affine in the batch.
[[nodiscard]] bool fold(Op& op);
/// Returns true if fold() knows the op.
[[nodiscard]] bool can_fold(const FileNode& node);

}  // namespace foregraph::onnx
