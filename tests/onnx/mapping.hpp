#pragma once

#include <foregraph/detail/ops/basic/sum.hpp>

#include "onnx/import.hpp"

/// One list of mappings per file, so that they compile side by side.
namespace foregraph::onnx_tests {

using Mappings = std::vector<Mapping>;
Mappings elementwise_mappings();
Mappings shape_mappings();
Mappings reduction_mappings();
Mappings network_mappings();
Mappings loss_mappings();
Mappings image_mappings();
Mappings recurrent_mappings();

/// `axis` counted from the front.
inline int from_front(std::int64_t axis, int rank) {
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}
/// A number of elements in rows of `n`.
inline Dim divided(Dim elements, std::int64_t n) {
  return {elements.constant / n, elements.per_sample / n};
}
inline Shape shape_of(const std::vector<std::int64_t>& dims) {
  Shape shape;
  for (const std::int64_t dim : dims) shape.push_back(dim);
  return shape;
}
/// All axes if the list is empty.
Axes axes_of(const std::vector<std::int64_t>& list);
/// ONNX's indices may be negative.
Tensor counted_from_front(Tensor indices, std::int64_t size);

}  // namespace foregraph::onnx_tests
