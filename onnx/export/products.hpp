#pragma once

#include <string>

#include <foregraph/detail/onnx/export/exporter.hpp>

namespace foregraph::onnx {

/// Write the node of the matmul `id`, with a bias for its columns if that is not empty, and return
/// the result. A weight that was [outputs,inputs] in the file is used so.
[[nodiscard]] std::string write_matmul(Exporter& e, NodeId id, const std::string& bias);
/// As write_matmul(), for a conv2d; the result has its channels in axis 1.
[[nodiscard]] std::string write_conv2d(Exporter& e, NodeId id, const std::string& bias);

}  // namespace foregraph::onnx
