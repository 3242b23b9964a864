#pragma once

#include <foregraph/detail/onnx/load.hpp>

namespace foregraph::onnx {

/// Removes from an imported model the nodes, variables and inputs that no output and no update of a
/// running average needs: what patterns replaced, and what the file itself has no use for. Inputs
/// that go are named in the notes.
void drop_unused(ImportedModel& model);

}  // namespace foregraph::onnx
