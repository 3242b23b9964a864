#include "onnx/node_test.hpp"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <stdexcept>

namespace foregraph::onnx_tests {
namespace {

using onnx::TensorProto;

std::optional<DType> dtype_of_onnx(int type) {
  switch (type) {
    case TensorProto::FLOAT:
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
      return f32;
    case TensorProto::DOUBLE:
      return f64;
    case TensorProto::INT32:
      return i32;
    case TensorProto::INT64:
      return i64;
    case TensorProto::BOOL:
      return boolean;
    default:
      return std::nullopt;
  }
}

std::string name_of_onnx(int type) {
  std::string name = onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(type));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

template <class T>
void append_raw(const std::string& bytes, std::vector<double>& values) {
  for (std::size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T element;
    std::memcpy(&element, bytes.data() + at, sizeof(T));
    values.push_back(static_cast<double>(element));
  }
}

/// The number with these 16 bits: sign, exponent, mantissa.
double number_of_bits(int type, unsigned bits) {
  if (type == TensorProto::BFLOAT16)
    return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits << 16U)));
  const double sign = (bits >> 15U) != 0 ? -1 : 1;
  const int exponent = static_cast<int>(bits >> 10U) & 31;
  const double mantissa = static_cast<double>(bits & 1023U) / 1024;
  if (exponent == 31) return mantissa != 0 ? std::nan("") : sign * HUGE_VAL;
  return sign *
         (exponent == 0 ? std::ldexp(mantissa, -14) : std::ldexp(1 + mantissa, exponent - 15));
}

Value read(const TensorProto& proto) {
  const int type = proto.data_type();
  Value value{name_of_onnx(type), dtype_of_onnx(type), {}, {}};
  value.dims.assign(proto.dims().begin(), proto.dims().end());
  if (!value.dtype) return value;
  const auto take = [&value](const auto& field) {
    for (const auto element : field) value.values.push_back(static_cast<double>(element));
  };
  const std::string& raw = proto.raw_data();
  if (is_widened(value)) {
    append_raw<std::uint16_t>(raw, value.values);
    take(proto.int32_data());
    for (double& each : value.values) each = number_of_bits(type, static_cast<unsigned>(each));
  } else if (value.dtype == f32) {
    take(proto.float_data());
    append_raw<float>(raw, value.values);
  } else if (value.dtype == f64) {
    take(proto.double_data());
    append_raw<double>(raw, value.values);
  } else if (value.dtype == i32) {
    take(proto.int32_data());
    append_raw<std::int32_t>(raw, value.values);
  } else if (value.dtype == i64) {
    take(proto.int64_data());
    append_raw<std::int64_t>(raw, value.values);
  } else {
    take(proto.int32_data());
    append_raw<std::uint8_t>(raw, value.values);
  }
  std::size_t count = 1;
  for (const std::int64_t dim : value.dims) count *= static_cast<std::size_t>(dim);
  if (value.values.size() != count)
    throw std::runtime_error(proto.name() + " has " + std::to_string(value.values.size()) +
                             " elements, expected " + std::to_string(count));
  return value;
}

template <class Proto>
Proto parse(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  Proto proto;
  if (!proto.ParseFromIstream(&file))
    throw std::runtime_error(path.string() + " cannot be read as a protobuf message");
  return proto;
}

/// Inputs and outputs lie in files beside the model; those that are no tensors are only named.
Value read_file(const std::filesystem::path& path, const onnx::ValueInfoProto& info) {
  if (info.type().has_sequence_type()) return {"sequence", {}, {}, {}};
  if (info.type().has_optional_type()) return {"optional", {}, {}, {}};
  return read(parse<TensorProto>(path));
}

void read_open_sizes(const onnx::ValueInfoProto& info, NodeTest& test) {
  const Value& value = test.inputs.at(info.name());
  const auto& dims = info.type().tensor_type().shape().dim();
  for (int i = 0; i < dims.size() && i < static_cast<int>(value.dims.size()); ++i)
    if (!dims[i].has_dim_value())
      test.open_sizes[dims[i].dim_param().empty() ? info.name() + ':' + std::to_string(i)
                                                  : dims[i].dim_param()] =
          value.dims[static_cast<std::size_t>(i)];
}

/// A tensor of these values; numbers of 16 bits are f32 in it.
TensorProto tensor_of(const std::string& name, const Value& value, bool in_f64) {
  TensorProto tensor;
  tensor.set_name(name);
  for (const std::int64_t dim : value.dims) tensor.add_dims(dim);
  const DType dtype = *value.dtype;
  if (dtype == f64 || (in_f64 && dtype == f32)) {
    tensor.set_data_type(TensorProto::DOUBLE);
    for (const double each : value.values) tensor.add_double_data(each);
  } else if (dtype == f32) {
    tensor.set_data_type(TensorProto::FLOAT);
    for (const double each : value.values) tensor.add_float_data(static_cast<float>(each));
  } else if (dtype == i64) {
    tensor.set_data_type(TensorProto::INT64);
    for (const double each : value.values) tensor.add_int64_data(static_cast<std::int64_t>(each));
  } else {
    tensor.set_data_type(dtype == i32 ? TensorProto::INT32 : TensorProto::BOOL);
    for (const double each : value.values) tensor.add_int32_data(static_cast<std::int32_t>(each));
  }
  return tensor;
}

void widen(onnx::ValueInfoProto& info) {
  auto& type = *info.mutable_type()->mutable_tensor_type();
  if (type.elem_type() == TensorProto::FLOAT) type.set_elem_type(TensorProto::DOUBLE);
}

void store_inputs(const NodeTest& test, const Changes& changes, onnx::GraphProto& graph) {
  google::protobuf::RepeatedPtrField<onnx::ValueInfoProto> inputs;
  inputs.Swap(graph.mutable_input());
  const auto is_in = [](const std::vector<std::string>& names, const std::string& name) {
    return std::count(names.begin(), names.end(), name) > 0;
  };
  for (onnx::ValueInfoProto& info : inputs) {
    const std::string& name = info.name();
    const bool has_batch = is_in(changes.batched, name);
    const bool is_stored = test.inputs.contains(name) && (is_in(changes.stored, name) ||
                                                          (!changes.batched.empty() && !has_batch));
    if (is_stored) {
      *graph.add_initializer() = tensor_of(name, test.inputs.at(name), changes.in_f64);
      continue;
    }
    auto& shape = *info.mutable_type()->mutable_tensor_type()->mutable_shape();
    if (has_batch) shape.mutable_dim(0)->set_dim_param("batch");
    *graph.add_input() = info;
  }
}

void make_switched(const std::string& output, onnx::GraphProto& graph) {
  const std::string inner = output + ", before the switch";
  for (onnx::NodeProto& node : *graph.mutable_node())
    for (std::string& name : *node.mutable_output())
      if (name == output) name = inner;
  for (onnx::NodeProto& node : *graph.mutable_node())
    for (std::string& name : *node.mutable_input())
      if (name == output) name = inner;
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type("Where");
  node.add_input(name_of_switch);
  node.add_input(inner);
  node.add_input(inner);
  node.add_output(output);
}

}  // namespace

Shape shape_of(const Value& value) {
  Shape shape;
  for (const std::int64_t dim : value.dims) shape.push_back(dim);
  return shape;
}

bool is_widened(const Value& value) {
  return value.type == "float16" || value.type == "bfloat16";
}

std::vector<std::string> names_of_tests(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

NodeTest read_test(const std::string& folder, const std::string& name) {
  const std::filesystem::path home = std::filesystem::path(folder) / name;
  NodeTest test;
  test.name = name;
  test.model = home / "model.onnx";
  const auto model = parse<onnx::ModelProto>(test.model);
  const onnx::GraphProto& graph = model.graph();
  for (const auto& set : model.opset_import())
    if (set.domain().empty()) test.opset = set.version();
  for (const auto& node : graph.node()) test.op_types.push_back(node.op_type());
  test.operands.assign(graph.node(0).input().begin(), graph.node(0).input().end());
  for (const auto& attribute : graph.node(0).attribute())
    test.names_a_dtype |= attribute.name() == "dtype" || attribute.name() == "to" ||
                          attribute.name() == "value" || attribute.name() == "output_datatype";
  std::vector<std::string> stored;
  for (const auto& tensor : graph.initializer()) stored.push_back(tensor.name());
  const std::filesystem::path set = home / "test_data_set_0";
  int k = 0;
  for (const auto& info : graph.input()) {
    // Old models list their initializers here too.
    if (std::count(stored.begin(), stored.end(), info.name()) > 0) continue;
    test.input_names.push_back(info.name());
    test.inputs[info.name()] = read_file(set / ("input_" + std::to_string(k++) + ".pb"), info);
    read_open_sizes(info, test);
  }
  k = 0;
  for (const auto& info : graph.output()) {
    test.output_names.push_back(info.name());
    test.outputs.push_back(read_file(set / ("output_" + std::to_string(k++) + ".pb"), info));
  }
  return test;
}

std::string changed_model(const NodeTest& test, const Changes& changes) {
  auto model = parse<onnx::ModelProto>(test.model);
  onnx::GraphProto& graph = *model.mutable_graph();
  if (changes.opset != 0)
    for (auto& set : *model.mutable_opset_import())
      if (set.domain().empty()) set.set_version(changes.opset);
  store_inputs(test, changes, graph);
  if (changes.in_f64) {
    for (auto& info : *graph.mutable_input()) widen(info);
    for (auto& info : *graph.mutable_output()) widen(info);
  }
  for (const std::string& output : changes.switched) make_switched(output, graph);
  if (!changes.switched.empty()) {
    onnx::ValueInfoProto& input = *graph.add_input();
    input.set_name(name_of_switch);
    auto& type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(TensorProto::BOOL);
    type.mutable_shape();
  }
  return model.SerializeAsString();
}

}  // namespace foregraph::onnx_tests
