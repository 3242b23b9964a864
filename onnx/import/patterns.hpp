#pragma once

#include <foregraph/detail/onnx/format/model_file.hpp>

namespace foregraph::onnx {

/// Replaces expressions that exporters write out by the op of ONNX that they are: layer
/// normalisation, GELU (exact and by tanh), SiLU, Mish, hard swish and RMS normalisation. The last
/// node of an expression becomes the op; the others stay for whoever else reads them, and are
/// otherwise not imported. Nothing changes where an expression differs in a constant, an axis or
/// an operand.
void recognise_patterns(FileModel& model);

}  // namespace foregraph::onnx
