#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/graph/shape.hpp>

/// The node tests of the ONNX project as plain values. Nothing here shows protobuf or ONNX's
/// headers, which take seconds to compile: only node_test.cpp includes them.
namespace foregraph::onnx_tests {

/// A tensor of a file. `dtype` is empty if Foregraph has none for `type` ("uint8", "sequence",
/// ...); then there are no values either.
struct Value {
  std::string type;
  std::optional<DType> dtype;
  std::vector<std::int64_t> dims;
  std::vector<double> values;
};
Value make_value(DType dtype, std::vector<std::int64_t> dims, std::vector<double> values);
/// Of an ONNX number such as Cast's `to`; empty where Foregraph has none.
std::optional<DType> dtype_of_onnx(int type);
Shape shape_of(const Value& value);

struct Attribute {
  std::int64_t i = 0;
  double f = 0;
  std::string s;
  std::vector<std::int64_t> ints;
  std::vector<double> floats;
  Value tensor;
};

struct NodeProto {
  std::string op_type;
  std::vector<std::string> inputs, outputs;  ///< an omitted one is ""
  std::map<std::string, Attribute> attributes;
};

/// A model of one or some nodes, its inputs, and the outputs that ONNX's reference gives.
struct NodeTest {
  std::string name;
  std::int64_t opset = 0;
  std::vector<NodeProto> nodes;
  std::map<std::string, Value> inputs;  ///< with the model's initializers
  std::vector<std::string> output_names;
  std::vector<Value> outputs;
};

/// Names of the directories in `folder`, sorted; none if there is no such directory.
std::vector<std::string> names_of_tests(const std::string& folder);
NodeTest read_test(const std::string& folder, const std::string& name);

}  // namespace foregraph::onnx_tests
