#include "onnx/node_test.hpp"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace foregraph::onnx_tests {

std::optional<DType> dtype_of_onnx(int type) {
  switch (type) {
    case onnx::TensorProto::FLOAT:
      return f32;
    case onnx::TensorProto::DOUBLE:
      return f64;
    case onnx::TensorProto::INT32:
      return i32;
    case onnx::TensorProto::INT64:
      return i64;
    case onnx::TensorProto::BOOL:
      return boolean;
    default:
      return std::nullopt;
  }
}

namespace {

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

Value read(const onnx::TensorProto& proto) {
  Value value{name_of_onnx(proto.data_type()), dtype_of_onnx(proto.data_type()), {}, {}};
  value.dims.assign(proto.dims().begin(), proto.dims().end());
  if (!value.dtype) return value;
  const auto take = [&value](const auto& field) {
    for (const auto element : field) value.values.push_back(static_cast<double>(element));
  };
  const std::string& raw = proto.raw_data();
  switch (*value.dtype) {
    case DType::f32:
      take(proto.float_data());
      append_raw<float>(raw, value.values);
      break;
    case DType::f64:
      take(proto.double_data());
      append_raw<double>(raw, value.values);
      break;
    case DType::i32:
      take(proto.int32_data());
      append_raw<std::int32_t>(raw, value.values);
      break;
    case DType::i64:
      take(proto.int64_data());
      append_raw<std::int64_t>(raw, value.values);
      break;
    case DType::boolean:
      take(proto.int32_data());
      append_raw<std::uint8_t>(raw, value.values);
      break;
  }
  std::size_t count = 1;
  for (const std::int64_t dim : value.dims) count *= static_cast<std::size_t>(dim);
  if (value.values.size() != count)
    throw std::runtime_error(proto.name() + " has " + std::to_string(value.values.size()) +
                             " elements, expected " + std::to_string(count));
  return value;
}

Attribute read(const onnx::AttributeProto& proto) {
  Attribute attribute;
  attribute.i = proto.i();
  attribute.f = static_cast<double>(proto.f());
  attribute.s = proto.s();
  attribute.ints.assign(proto.ints().begin(), proto.ints().end());
  attribute.floats.assign(proto.floats().begin(), proto.floats().end());
  if (proto.has_t()) attribute.tensor = read(proto.t());
  return attribute;
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
  return read(parse<onnx::TensorProto>(path));
}

}  // namespace

Value make_value(DType dtype, std::vector<std::int64_t> dims, std::vector<double> values) {
  return {std::string(name_of(dtype)), dtype, std::move(dims), std::move(values)};
}

Shape shape_of(const Value& value) {
  Shape shape;
  for (const std::int64_t dim : value.dims) shape.push_back(dim);
  return shape;
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
  const auto model = parse<onnx::ModelProto>(home / "model.onnx");
  NodeTest test;
  test.name = name;
  for (const auto& set : model.opset_import())
    if (set.domain().empty()) test.opset = set.version();
  for (const auto& proto : model.graph().node()) {
    NodeProto node{proto.op_type(), {}, {}, {}};
    node.inputs.assign(proto.input().begin(), proto.input().end());
    node.outputs.assign(proto.output().begin(), proto.output().end());
    for (const auto& attribute : proto.attribute())
      node.attributes[attribute.name()] = read(attribute);
    test.nodes.push_back(std::move(node));
  }
  for (const auto& proto : model.graph().initializer()) test.inputs[proto.name()] = read(proto);
  const std::filesystem::path set = home / "test_data_set_0";
  int k = 0;
  for (const auto& info : model.graph().input())
    if (!test.inputs.contains(info.name()))  // old models list their initializers here too
      test.inputs[info.name()] = read_file(set / ("input_" + std::to_string(k++) + ".pb"), info);
  k = 0;
  for (const auto& info : model.graph().output()) {
    test.output_names.push_back(info.name());
    test.outputs.push_back(read_file(set / ("output_" + std::to_string(k++) + ".pb"), info));
  }
  return test;
}

}  // namespace foregraph::onnx_tests
