#pragma once

#include <optional>

#include <foregraph/detail/onnx/import/op.hpp>

namespace foregraph::onnx {

/// Recognises the last product of attention that is written out: softmax(scores) . v, with scores
/// q . k^T, scaled or not, without a mask or with the causal one. Returns it as one op, or nothing
/// if `weights` is something else.
[[nodiscard]] std::optional<Tensor> attention_of(const Importer& importer, Tensor weights,
                                                 Tensor v);

}  // namespace foregraph::onnx
