#pragma once

#include <array>

#include <foregraph/detail/graph/shape.hpp>

namespace foregraph::onnx {

/// The order in which a tensor of the graph has the axes of a value of the file: axis k of the
/// tensor is axis `axes[k]` of the value. An image has its channels in axis 1 in the file and in
/// the last axis here.
struct Order {
  int rank = 0;
  std::array<int, Shape::max_rank> axes{};

  /// Returns the order of the file.
  [[nodiscard]] static Order plain(int rank);
  /// Returns the order with axis 1 as the last one; plain below rank 3.
  [[nodiscard]] static Order channels_last(int rank);

  [[nodiscard]] bool is_plain() const { return *this == plain(rank); }
  /// Returns the axis of the tensor that is `axis` of the value.
  [[nodiscard]] int position_of(int axis) const;
  /// Returns the shape in this order of a value with `shape`.
  [[nodiscard]] Shape shape_of(const Shape& shape) const;

  friend bool operator==(const Order& a, const Order& b) {
    if (a.rank != b.rank) return false;
    for (int i = 0; i < a.rank; ++i)
      if (a.axes[static_cast<std::size_t>(i)] != b.axes[static_cast<std::size_t>(i)]) return false;
    return true;
  }
};

}  // namespace foregraph::onnx
