#pragma once

#include <string>
#include <vector>

#include "support/onnx_bytes.hpp"
#include "support/temporary_folder.hpp"

/// Small files of ONNX for the commands.
namespace tool_test {

namespace onnx_bytes = foregraph::test::onnx_bytes;

/// A classifier of rows of four numbers into three classes, with dropout.
inline std::string classifier_file() {
  using namespace onnx_bytes;
  const std::vector<float> first{0.5F, -0.25F, 0.125F, 0.75F, -0.5F, 0.25F, 0.375F, -0.625F};
  const std::vector<float> second{0.5F, -0.5F, 0.25F, -0.25F, 0.125F, 0.375F};
  const File file{
      .inputs = {value("x", type::f32, {"batch", 4})},
      .initializers = {tensor("hidden.weight", {4, 2}, first),
                       tensor("hidden.bias", {2}, std::vector<float>{0.1F, -0.1F}),
                       tensor("head.weight", {2, 3}, second)},
      .nodes = {node("Gemm", {"x", "hidden.weight", "hidden.bias"}, {"h"}, {}, "/hidden/Gemm"),
                node("Tanh", {"h"}, {"t"}, {}, "/Tanh"),
                node("Dropout", {"t"}, {"d"}, {}, "/drop/Dropout"),
                node("MatMul", {"d", "head.weight"}, {"logits"}, {}, "/head/MatMul")},
      .outputs = {value("logits", type::f32, {"batch", 3})}};
  return file.model();
}

/// y = u . w + v . w over sequences of a length with a name, and an input that is a switch.
inline std::string two_inputs_file() {
  using namespace onnx_bytes;
  const File file{.inputs = {value("u", type::f32, {"batch", "length"}),
                             value("v", type::f32, {"batch", 1}), value("rate", type::i64, {})},
                  .initializers = {tensor("w", {1}, std::vector<float>{0.5F})},
                  .nodes = {node("Add", {"u", "v"}, {"s"}), node("Mul", {"s", "w"}, {"p"}),
                            node("Cast", {"rate"}, {"r"}, {attribute("to", std::int64_t{1})}),
                            node("Mul", {"p", "r"}, {"y"})},
                  .outputs = {value("y", type::f32, {"batch", "length"})}};
  return file.model();
}

/// A model with two ops that cannot be imported.
inline std::string impossible_file() {
  using namespace onnx_bytes;
  const File file{
      .inputs = {value("x", type::f32, {"batch", 4})},
      .nodes = {node("NonZero", {"x"}, {"a"}, {}, "first"),
                node("Frobnicate", {"x"}, {"b"}, {}, "second")},
      .outputs = {value("a", type::i64, {2, "n"}), value("b", type::f32, {"batch", 4})}};
  return file.model();
}

/// Rows of `classifier_file()`: class k has its largest number in column k.
inline std::string classes_csv(int rows, unsigned seed = 1) {
  std::string text = "a,b,c,d,label\n";
  unsigned state = seed;
  const auto next = [&] { return (state = state * 1664525U + 1013904223U) >> 16U; };
  for (int i = 0; i < rows; ++i) {
    const unsigned of_class = next() % 3;
    for (unsigned k = 0; k < 4; ++k)
      text += std::to_string((k == of_class ? 2.0 : 0.0) + next() / 65536.0) + ',';
    text += std::to_string(of_class) + '\n';
  }
  return text;
}

}  // namespace tool_test
