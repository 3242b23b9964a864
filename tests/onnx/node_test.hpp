#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/graph/shape.hpp>

/// The node tests of the ONNX project, read by ONNX's own message classes, which take seconds to
/// compile: only node_test.cpp includes them. The library reads the same models with its own
/// reader.
namespace foregraph::onnx_tests {

/// A tensor of a file. `dtype` is that of the tensor in a graph; it is empty if Foregraph has none
/// for `type` ("uint8", "sequence", ...), and then there are no values either.
struct Value {
  std::string type;
  std::optional<DType> dtype;
  std::vector<std::int64_t> dims;
  std::vector<double> values;
};
Shape shape_of(const Value& value);
/// True for numbers of 16 bits, which are f32 in a graph.
bool is_widened(const Value& value);

/// A model of one or some nodes, its inputs, and the outputs that ONNX's reference gives.
struct NodeTest {
  std::string name;
  std::filesystem::path model;
  std::int64_t opset = 0;                ///< of the default domain
  std::vector<std::string> op_types;     ///< of the nodes
  std::vector<std::string> operands;     ///< of the first node
  bool names_a_dtype = false;            ///< an attribute of the first node is a dtype or a tensor
  std::vector<std::string> input_names;  ///< in the order of the file, without initializers
  std::map<std::string, Value> inputs;
  std::map<std::string, std::int64_t>
      open_sizes;  ///< of axes without a size, for LoadOptions::dims
  std::vector<std::string> output_names;
  std::vector<Value> outputs;
};

/// Names of the directories in `folder`, sorted; none if there is no such directory.
std::vector<std::string> names_of_tests(const std::string& folder);
NodeTest read_test(const std::string& folder, const std::string& name);

/// What is to be another in a model.
struct Changes {
  /// Inputs whose axis 0 has the name "batch" instead of a size. If there are any, the other inputs
  /// become initializers.
  std::vector<std::string> batched{};
  std::int64_t opset = 0;             ///< of the default domain; 0 keeps that of the file
  std::vector<std::string> stored{};  ///< inputs that become initializers
  bool in_f64 = false;                ///< f64 for f32
  /// Outputs that become Where(switch, output, output) of one more input, a boolean, so that they
  /// depend on an input.
  std::vector<std::string> switched{};
};
inline constexpr const char* name_of_switch = "switch of the outputs";
/// Returns the bytes of the test's model with the changes.
std::string changed_model(const NodeTest& test, const Changes& changes);

}  // namespace foregraph::onnx_tests
