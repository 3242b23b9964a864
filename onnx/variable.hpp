#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <foregraph/detail/base/dtype.hpp>
#include <foregraph/detail/base/export.hpp>

namespace foregraph::onnx {

/// How the elements of a tensor of the file lie in a variable: seen as an array of the sizes
/// `view`, its axes are reordered by `axes` (axis i of the variable is axis axes[i] of the view).
/// The variable may then join axes.
struct FOREGRAPH_EXPORT Arrangement {
  std::vector<std::int64_t> view{};  ///< sizes, outermost first
  std::vector<int> axes{};           ///< a permutation of the axes of the view

  /// Returns true if the elements lie in the variable as in the file.
  [[nodiscard]] bool is_plain() const;
  /// Sets indices[i] to the place in the variable of element first + i of the file.
  void indices(std::int64_t first, std::span<std::int64_t> indices) const;
};

/// A variable made of a tensor of the file: a parameter, or a state such as a running mean.
struct ImportedVariable {
  std::string name{};                ///< in the file and in the graph
  std::vector<std::int64_t> dims{};  ///< in the file
  DType dtype = f32;                 ///< in the graph
  Arrangement arrangement{};         ///< how its elements lie in the graph
  bool trainable = true;             ///< false for a state
  bool has_values = true;            ///< the file has its values
  std::int32_t index = -1;           ///< in Graph::variables
};

}  // namespace foregraph::onnx
