#include <foregraph/detail/onnx/import/order.hpp>

namespace foregraph::onnx {

Order Order::plain(int rank) {
  Order order{rank, {}};
  for (int i = 0; i < rank; ++i) order.axes[static_cast<std::size_t>(i)] = i;
  return order;
}

Order Order::channels_last(int rank) {
  Order order = plain(rank);
  if (rank < 3) return order;
  for (int i = 1; i + 1 < rank; ++i) order.axes[static_cast<std::size_t>(i)] = i + 1;
  order.axes[static_cast<std::size_t>(rank) - 1] = 1;
  return order;
}

int Order::position_of(int axis) const {
  for (int i = 0; i < rank; ++i)
    if (axes[static_cast<std::size_t>(i)] == axis) return i;
  return -1;
}

Shape Order::shape_of(const Shape& shape) const {
  Shape result;
  for (int i = 0; i < rank; ++i) result.push_back(shape[axes[static_cast<std::size_t>(i)]]);
  return result;
}

}  // namespace foregraph::onnx
