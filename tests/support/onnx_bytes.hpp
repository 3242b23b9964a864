#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Writes ONNX files for tests, field by field, so that they can be wrong in one place.
namespace foregraph::test::onnx_bytes {

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value > 127; value >>= 7U) bytes += static_cast<char>((value & 127U) | 128U);
  return bytes + static_cast<char>(value);
}
inline std::string integer(int field, std::int64_t value) {
  return varint(static_cast<std::uint64_t>(field) << 3U) +
         varint(static_cast<std::uint64_t>(value));
}
inline std::string number(int field, float value) {
  std::string bytes(4, '\0');
  std::memcpy(bytes.data(), &value, 4);
  return varint((static_cast<std::uint64_t>(field) << 3U) | 5U) + bytes;
}
/// A text, a message or raw bytes.
inline std::string bytes(int field, std::string_view content) {
  return varint((static_cast<std::uint64_t>(field) << 3U) | 2U) + varint(content.size()) +
         std::string(content);
}

/// The elements as they lie in memory.
template <class T>
std::string raw(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

/// The numbers of ONNX's types.
namespace type {
inline constexpr std::int64_t f32 = 1, u8 = 2, i32 = 6, i64 = 7, text = 8, boolean = 9, f16 = 10,
                              f64 = 11;
}  // namespace type

inline std::string tensor(std::string_view name, std::int64_t element_type,
                          const std::vector<std::int64_t>& dims, std::string_view raw_data) {
  std::string message;
  for (const std::int64_t dim : dims) message += integer(1, dim);
  return message + integer(2, element_type) + bytes(8, name) + bytes(9, raw_data);
}
inline std::string tensor(std::string_view name, const std::vector<std::int64_t>& dims,
                          const std::vector<float>& values) {
  return tensor(name, type::f32, dims, raw<float>(values));
}
inline std::string tensor(std::string_view name, const std::vector<std::int64_t>& dims,
                          const std::vector<std::int64_t>& values) {
  return tensor(name, type::i64, dims, raw<std::int64_t>(values));
}

inline std::string attribute(std::string_view name, std::int64_t value) {
  return bytes(1, name) + integer(3, value) + integer(20, 2);
}
inline std::string attribute(std::string_view name, float value) {
  return bytes(1, name) + number(2, value) + integer(20, 1);
}
inline std::string attribute(std::string_view name, std::string_view value) {
  return bytes(1, name) + bytes(4, value) + integer(20, 3);
}
inline std::string attribute(std::string_view name, const std::vector<std::int64_t>& values) {
  std::string message = bytes(1, name) + integer(20, 7);
  for (const std::int64_t value : values) message += integer(8, value);
  return message;
}
inline std::string attribute(std::string_view name, const std::vector<float>& values) {
  std::string message = bytes(1, name) + integer(20, 6);
  for (const float value : values) message += number(7, value);
  return message;
}
inline std::string attribute(std::string_view name, const std::vector<std::string>& values) {
  std::string message = bytes(1, name) + integer(20, 8);
  for (const std::string& value : values) message += bytes(9, value);
  return message;
}
inline std::string tensor_attribute(std::string_view name, std::string_view tensor) {
  return bytes(1, name) + bytes(5, tensor) + integer(20, 4);
}
inline std::string graph_attribute(std::string_view name, std::string_view graph) {
  return bytes(1, name) + bytes(6, graph) + integer(20, 5);
}

inline std::string node(std::string_view op, const std::vector<std::string>& inputs,
                        const std::vector<std::string>& outputs,
                        const std::vector<std::string>& attributes = {},
                        std::string_view name = {}) {
  std::string message;
  for (const std::string& input : inputs) message += bytes(1, input);
  for (const std::string& output : outputs) message += bytes(2, output);
  if (!name.empty()) message += bytes(3, name);
  message += bytes(4, op);
  for (const std::string& each : attributes) message += bytes(5, each);
  return message;
}

/// A dimension: a number, or a name.
struct Size {
  Size(std::int64_t fixed) : number(fixed) {}  // NOLINT: as in braces
  Size(const char* symbol) : name(symbol) {}   // NOLINT: as in braces
  std::int64_t number = 0;
  std::string name{};
};
inline std::string value(std::string_view name, std::int64_t element_type,
                         const std::vector<Size>& dims) {
  std::string shape;
  for (const Size& dim : dims)
    shape += bytes(1, dim.name.empty() ? integer(1, dim.number) : bytes(2, dim.name));
  return bytes(1, name) + bytes(2, bytes(1, integer(1, element_type) + bytes(2, shape)));
}

/// A graph, and the model around it.
struct File {
  std::vector<std::string> inputs{};
  std::vector<std::string> initializers{};
  std::vector<std::string> nodes{};
  std::vector<std::string> outputs{};
  std::int64_t opset = 17;
  std::string extra_of_graph{};
  std::string extra_of_model{};

  [[nodiscard]] std::string graph() const {
    std::string message = bytes(2, "g");
    for (const std::string& each : nodes) message += bytes(1, each);
    for (const std::string& each : initializers) message += bytes(5, each);
    for (const std::string& each : inputs) message += bytes(11, each);
    for (const std::string& each : outputs) message += bytes(12, each);
    return message + extra_of_graph;
  }
  [[nodiscard]] std::string model() const {
    return integer(1, 8) + bytes(2, "tests") + bytes(7, graph()) +
           bytes(8, bytes(1, "") + integer(2, opset)) + extra_of_model;
  }
};

/// A dense layer of two outputs over three features: y = x . w + b.
inline File dense_layer() {
  return {.inputs = {value("x", type::f32, {"batch", 3})},
          .initializers = {tensor("w", {3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6}),
                           tensor("b", {2}, std::vector<float>{0.5F, -0.5F})},
          .nodes = {node("Gemm", {"x", "w", "b"}, {"y"}, {}, "/layer/Gemm")},
          .outputs = {value("y", type::f32, {"batch", 2})}};
}

}  // namespace foregraph::test::onnx_bytes
