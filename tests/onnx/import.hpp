#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>

#include "onnx/node_test.hpp"
#include "support/op_check.hpp"

/// Builds Foregraph expressions from the nodes of an ONNX model.
namespace foregraph::onnx_tests {

/// A tensor of the model: one of the graph, or values known without running anything (inputs,
/// constants, shapes), which become an input of the graph when they are first used in it.
struct Known {
  Tensor tensor{};
  Value value{};
  bool has_value = false;
  bool batched = false;  ///< axis 0 becomes the batch when the values enter the graph
};

/// Thrown where a node asks for what Foregraph does not have.
struct Skip {
  std::string reason;
};
[[noreturn]] inline void skip(std::string reason) {
  throw Skip{std::move(reason)};
}
/// A size that an attribute is made of, and so may not depend on the batch.
inline std::int64_t constant(Dim dim) {
  return dim.is_constant() ? dim.constant : throw Skip{"a size that depends on the batch"};
}

/// One model as a graph. All its inputs are inputs of the graph, filled by `inputs`.
struct Import {
  Graph graph;
  test::Inputs inputs;
  std::map<std::string, Known> tensors;
  std::int64_t opset = 0;
  std::int64_t batch_size = 1;

  Tensor tensor(Known& known);
  /// Its values, computed by the library where they are not known.
  const Value& value(Known& known);
};

/// A node, as the function that builds its expression sees it.
class Op {
 public:
  Op(Import& import, const NodeProto& node) : import_(&import), node_(&node) {}

  int inputs() const { return static_cast<int>(node_->inputs.size()); }
  bool has(int i) const { return i < inputs() && !name(i).empty(); }
  Tensor operator[](int i) const;
  const Shape& shape(int i) const { return (*this)[i].shape(); }
  int rank(int i) const { return shape(i).rank; }
  DType dtype(int i) const { return (*this)[i].dtype(); }
  std::int64_t dim(int i, int axis) const { return constant(shape(i)[axis]); }
  std::int64_t opset() const { return import_->opset; }
  Graph& graph() const { return import_->graph; }

  /// Values of an operand that Foregraph has as an attribute: a shape, axes, bounds.
  const Value& value(int i) const;
  double number(int i) const;
  std::vector<std::int64_t> ints(int i) const;

  bool has(const char* attribute) const { return node_->attributes.contains(attribute); }
  std::int64_t i(const char* attribute, std::int64_t otherwise = 0) const;
  double f(const char* attribute, double otherwise = 0) const;
  std::string s(const char* attribute, const char* otherwise = "") const;
  std::vector<std::int64_t> ints(const char* attribute,
                                 std::vector<std::int64_t> otherwise = {}) const;
  const Attribute& attribute(const char* attribute) const;
  /// Attribute or, in newer versions of the op, operand `i`; e.g. the axes of Squeeze.
  std::vector<std::int64_t> ints(const char* attribute, int i) const;

  bool wants(int output) const {
    return output < static_cast<int>(node_->outputs.size()) &&
           !node_->outputs[index(output)].empty();
  }
  int outputs() const { return static_cast<int>(node_->outputs.size()); }
  /// States the next output; an output that nobody wants may be left out at the end.
  void give(Tensor tensor);
  void give(Value value);

 private:
  static std::size_t index(int i) { return static_cast<std::size_t>(i); }
  const std::string& name(int i) const { return node_->inputs[index(i)]; }
  Known& known(int i) const;

  Import* import_;
  const NodeProto* node_;
  int given_ = 0;
};

/// How an op is built. Ops of ONNX without a counterpart have no mapping.
struct Mapping {
  std::string_view op_type;
  void (*build)(Op&);
};

/// All mappings; the files mapping_*.cpp hold them.
const std::vector<Mapping>& mappings();
const Mapping* find_mapping(std::string_view op_type);
/// Why an op has no mapping; "" if it has one.
std::string reason_without_mapping(std::string_view op_type);

}  // namespace foregraph::onnx_tests
