#pragma once

#include <optional>
#include <string>

#include "onnx/node_test.hpp"

/// Loads the model of a node test, runs it and compares.
namespace foregraph::onnx_tests {

/// What became of a test.
struct Comparison {
  std::string refusal{};  ///< why the model cannot be imported, or ""
  std::string problem{};  ///< the first difference, or ""
  bool computed = false;  ///< a result depends on the inputs that are data
  bool batched = false;   ///< a result depends on the batch
};

/// The file as it is. Inputs that the graph needs as constants are given as such: all are data at
/// first; if that is refused, integers that are not the first input are constants, then all inputs
/// but the first, then all integers, then everything.
Comparison compare(const NodeTest& test);

/// With the batch as axis 0 of all inputs that are as long as the first there, or else of the first
/// alone; the others are in the file. Nothing if both are refused, as a batch must be for a weight.
std::optional<Comparison> compare_with_batch(const NodeTest& test);

/// With f64 for f32: the kernels of the other dtype, by the same reference. Nothing if the test has
/// no f32, or an attribute names a dtype.
std::optional<Comparison> compare_in_f64(const NodeTest& test);

}  // namespace foregraph::onnx_tests
