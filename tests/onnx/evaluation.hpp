#pragma once

#include <map>
#include <string>
#include <vector>

#include <foregraph/detail/graph/passes/resolve_mode.hpp>
#include <foregraph/detail/onnx/load.hpp>

/// Runs imported models.
namespace foregraph::onnx_tests {

/// An output of a run.
struct Result {
  std::string name;
  DType dtype = f32;
  Shape shape;             ///< with the batch size that was run
  bool has_batch = false;  ///< its shape depends on the batch size
  std::vector<double> values;
};

/// Computes all outputs with the start values of the variables. Every input has its elements in
/// `inputs`; others there are ignored.
std::vector<Result> outputs_of(const onnx::ImportedModel& net,
                               const std::map<std::string, std::vector<double>>& inputs,
                               std::int64_t batch_size = 1, Mode mode = Mode::evaluation);

}  // namespace foregraph::onnx_tests
