#pragma once

#include <string>
#include <vector>

#include <foregraph/detail/onnx/load.hpp>

#include "support/onnx_bytes.hpp"

/// Models whose C++ is written by generate.cpp and compared with the import by generated_test.cpp.
namespace onnx_cpp_test {

using namespace foregraph::test::onnx_bytes;
using foregraph::onnx::Loss;

/// Numbers of both signs, none of them large.
inline std::vector<float> numbers(std::int64_t count, int seed) {
  std::vector<float> values;
  unsigned state = static_cast<unsigned>(seed) * 2654435761U + 1;
  for (std::int64_t i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    values.push_back(static_cast<float>(state >> 16U) / 65536.0F - 0.5F);
  }
  return values;
}
inline std::string weight(const std::string& name, const std::vector<std::int64_t>& dims,
                          int seed) {
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) count *= dim;
  return tensor(name, dims, numbers(count, seed));
}
inline std::string constant(const std::string& name, float value) {
  return tensor(name, {}, std::vector<float>{value});
}

struct TestModel {
  std::string name;
  std::string bytes;
  Loss loss;
};

/// Images: a convolution, batch norm that trains, pooling, dropout twice, a transposed convolution.
/// Its names need care in C++.
inline TestModel image_model() {
  File file{
      .inputs = {value("x", type::f32, {"batch", 2, 8, 8})},
      .initializers = {weight("class.weight", {4, 2, 3, 3}, 1), weight("class.bias", {4}, 2),
                       weight("a \"quoted\" \\name?\?/", {4}, 3), weight("norm.beta", {4}, 4),
                       weight("norm.mean", {4}, 5),
                       tensor("norm.var", {4}, std::vector<float>{1, 2, 0.5F, 1.5F}),
                       weight("up.weight", {4, 3, 2, 2}, 6), weight("head.weight", {5, 192}, 7),
                       weight("head.bias", {5}, 8)},
      .nodes = {node("Conv", {"x", "class.weight", "class.bias"}, {"c"},
                     {attribute("pads", std::vector<std::int64_t>{1, 1, 1, 1})}, "/class/for/Conv"),
                node("BatchNormalization",
                     {"c", "a \"quoted\" \\name?\?/", "norm.beta", "norm.mean", "norm.var"}, {"n"},
                     {attribute("epsilon", 0.001F)}, "/norm/BatchNormalization"),
                node("Relu", {"n"}, {"r"}, {}, "/Relu"),
                node("MaxPool", {"r"}, {"p"},
                     {attribute("kernel_shape", std::vector<std::int64_t>{2, 2}),
                      attribute("strides", std::vector<std::int64_t>{2, 2})},
                     "/pool/MaxPool"),
                node("Dropout", {"p"}, {"d1"}, {}, "/drop/Dropout"),
                node("ConvTranspose", {"d1", "up.weight"}, {"u"},
                     {attribute("strides", std::vector<std::int64_t>{2, 2})}, "/up/ConvTranspose"),
                node("Dropout", {"u"}, {"d2"}, {}, "/drop/Dropout_1"),
                node("Flatten", {"d2"}, {"f"}, {}, "/Flatten"),
                node("Gemm", {"f", "head.weight", "head.bias"}, {"y"},
                     {attribute("transB", std::int64_t{1})}, "/head/Gemm")},
      .outputs = {value("y", type::f32, {"batch", 5})}};
  return {"image_model", file.model(), Loss::softmax_cross_entropy};
}

/// Rows: ops of one kind after another, so that most functions are called and some ops are
/// appended.
inline TestModel many_ops() {
  const std::vector<std::int64_t> one{1};
  File file{
      .inputs = {value("x", type::f32, {"batch", 4, 6})},
      .initializers = {constant("half", 0.5F), constant("fill", 0.25F), constant("two", 2),
                       constant("low", -0.25F), constant("high", 0.75F), weight("w", {6, 6}, 1),
                       weight("b", {6}, 2), weight("table", {7, 6}, 3), tensor("starts", {1}, one),
                       tensor("ends", {1}, std::vector<std::int64_t>{5}),
                       tensor("axes", {1}, std::vector<std::int64_t>{2}), tensor("k", {1}, one),
                       tensor("axis", {}, std::vector<std::int64_t>{2}),
                       tensor("pads", {6}, std::vector<std::int64_t>{0, 1, 0, 0, 0, 2}),
                       weight("last", {18, 3}, 4)},
      .nodes = {node("Mul", {"x", "half"}, {"a1"}),
                node("MatMul", {"a1", "w"}, {"a2"}),
                node("Add", {"a2", "b"}, {"a3"}),
                node("Clip", {"a3", "low", "high"}, {"a4"}),
                node("Tanh", {"a4"}, {"a5"}),
                node("Abs", {"a5"}, {"a5+"}),
                node("Pow", {"a5+", "two"}, {"a6"}),
                node("Exp", {"a6"}, {"a7"}),
                node("Greater", {"a5", "low"}, {"m1"}),
                node("Where", {"m1", "a7", "half"}, {"a8"}),
                node("LeakyRelu", {"a8"}, {"a9"}, {attribute("alpha", 0.1F)}),
                node("Elu", {"a9"}, {"a10"}),
                node("HardSigmoid", {"a10"}, {"a11"}),
                node("ArgMax", {"x"}, {"i1"},
                     {attribute("axis", std::int64_t{2}), attribute("keepdims", std::int64_t{0})}),
                node("Gather", {"table", "i1"}, {"a12"}),
                node("Add", {"a11", "a12"}, {"a13"}),
                node("Transpose", {"a13"}, {"a14"},
                     {attribute("perm", std::vector<std::int64_t>{0, 2, 1})}),
                node("MatMul", {"a14", "a13"}, {"a15"}),
                node("Softmax", {"a15"}, {"a16"}, {attribute("axis", std::int64_t{-1})}),
                node("Slice", {"a16", "starts", "ends", "axes"}, {"a17"}),
                node("Pad", {"a17", "pads", "fill"}, {"a18"}),
                node("CumSum", {"a18", "axis"}, {"a19"}),
                node("ReduceMean", {"a19"}, {"s1"},
                     {attribute("axes", std::vector<std::int64_t>{1}),
                      attribute("keepdims", std::int64_t{0})}),
                node("ReduceMax", {"a19"}, {"s2"},
                     {attribute("axes", std::vector<std::int64_t>{1}),
                      attribute("keepdims", std::int64_t{0})}),
                node("TopK", {"s2", "k"}, {"t1", "t2"}, {attribute("axis", std::int64_t{-1})}),
                node("Cast", {"t2"}, {"t3"}, {attribute("to", std::int64_t{1})}),
                node("ReduceL2", {"a13"}, {"a20"},
                     {attribute("axes", std::vector<std::int64_t>{2}),
                      attribute("keepdims", std::int64_t{0})}),
                node("Concat", {"s1", "s2", "t1", "t3", "a20"}, {"z"},
                     {attribute("axis", std::int64_t{1})}),
                node("MatMul", {"z", "last"}, {"y"})},
      .outputs = {value("y", type::f32, {"batch", 3})}};
  return {"many_ops", file.model(), Loss::mean_squared_error};
}

/// Sequences: an LSTM, then attention with layer norm.
inline TestModel sequence_model() {
  File file{
      .inputs = {value("x", type::f32, {"batch", 5, 3})},
      .initializers = {weight("lstm.w", {1, 16, 3}, 1), weight("lstm.r", {1, 16, 4}, 2),
                       weight("lstm.b", {1, 32}, 3), weight("norm.weight", {4}, 4),
                       weight("norm.bias", {4}, 5), weight("q", {4, 4}, 6), weight("v", {4, 4}, 7),
                       tensor("one", {1}, std::vector<std::int64_t>{1}), weight("head", {4, 3}, 8)},
      .nodes = {node("Transpose", {"x"}, {"xt"},
                     {attribute("perm", std::vector<std::int64_t>{1, 0, 2})}),
                node("LSTM", {"xt", "lstm.w", "lstm.r", "lstm.b"}, {"states"},
                     {attribute("hidden_size", std::int64_t{4})}, "/lstm/LSTM"),
                node("Squeeze", {"states", "one"}, {"h"}),
                node("Transpose", {"h"}, {"hb"},
                     {attribute("perm", std::vector<std::int64_t>{1, 0, 2})}),
                node("LayerNormalization", {"hb", "norm.weight", "norm.bias"}, {"n"}, {},
                     "/block/norm/LayerNormalization"),
                node("MatMul", {"n", "q"}, {"queries"}, {}, "/block/attention/q/MatMul"),
                node("Transpose", {"n"}, {"keys"},
                     {attribute("perm", std::vector<std::int64_t>{0, 2, 1})}),
                node("MatMul", {"queries", "keys"}, {"scores"}, {}, "/block/attention/MatMul"),
                node("Softmax", {"scores"}, {"shares"}, {}, "/block/attention/Softmax"),
                node("MatMul", {"n", "v"}, {"values"}, {}, "/block/attention/v/MatMul"),
                node("MatMul", {"shares", "values"}, {"mixed"}, {}, "/block/attention/MatMul_1"),
                node("Add", {"mixed", "hb"}, {"sum"}, {}, "/block/Add"),
                node("MatMul", {"sum", "head"}, {"y"}, {}, "/head/MatMul")},
      .outputs = {value("y", type::f32, {"batch", 5, 3})}};
  return {"sequence_model", file.model(), Loss::softmax_cross_entropy};
}

inline std::vector<TestModel> test_models() {
  return {image_model(), many_ops(), sequence_model()};
}

}  // namespace onnx_cpp_test
