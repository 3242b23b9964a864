#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <foregraph/detail/graph/shape.hpp>

namespace foregraph::onnx {

/// Thrown where a node asks for what cannot be imported; the report names the node.
struct Unsupported {
  std::string reason;
};
[[noreturn]] inline void unsupported(std::string reason) {
  throw Unsupported{std::move(reason)};
}
/// Returns a size that may not depend on the batch.
[[nodiscard]] inline std::int64_t fixed_size(Dim dim) {
  return dim.is_constant() ? dim.constant : throw Unsupported{"a size that depends on the batch"};
}

}  // namespace foregraph::onnx
