#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "onnx/evaluation.hpp"
#include "support/onnx_bytes.hpp"

/// Models of one node.
namespace foregraph::onnx_tests {

/// An operand that is an input of f32 with these elements, or that the file stores.
struct NodeOperand {
  std::vector<std::int64_t> dims;
  std::vector<double> values;
  bool is_stored = false;
  bool is_integer = false;  ///< i64
};

/// A node of one op of ONNX, with its operands; operands without sizes and elements are left out.
struct OneNode {
  std::string op_type;
  std::vector<NodeOperand> operands;
  std::vector<std::string> attributes{};
  int outputs = 1;
  std::int64_t opset = 17;

  [[nodiscard]] onnx::ImportedModel load(const onnx::LoadOptions& options = {
                                             .has_batch = false}) const;
  /// The results y0, y1, ...
  [[nodiscard]] std::vector<Result> run() const;
  /// The first reason for which the node is refused, or the message of the error.
  [[nodiscard]] std::string refusal() const;
};

/// Elements 0.1 apart around 0, in an order without pattern; `salt` gives others.
std::vector<double> mixed_values(std::size_t count, unsigned salt = 1);
/// Checks the elements, to 2e-6 of 1 + their size.
void check_values(const std::vector<double>& expected, const Result& actual);

}  // namespace foregraph::onnx_tests
