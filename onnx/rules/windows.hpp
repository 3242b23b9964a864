#pragma once

#include <cstdint>
#include <vector>

#include <foregraph/detail/onnx/rules/common.hpp>
#include <foregraph/detail/ops/image/conv2d.hpp>
#include <foregraph/detail/ops/image/pooling.hpp>

/// Windows that move over the spatial axes of [N,C,...], as convolutions and pools have them.
namespace foregraph::onnx {

/// Numbers of one spatial axis.
struct WindowOfAxis {
  std::int64_t size = 1;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t before = 0;
  std::int64_t after = 0;
  std::int64_t counted_after = 0;  ///< of `after`, without what ceil_mode added

  /// Returns from how many elements the kernel's last one is away from its first, plus one.
  [[nodiscard]] std::int64_t reach() const { return (kernel - 1) * dilation + 1; }
  /// Returns the number of positions of the window.
  [[nodiscard]] std::int64_t positions() const {
    return (size + before + after - reach()) / stride + 1;
  }
};

/// The attributes of a node with windows over one to three spatial axes, paddings resolved.
class Windows {
 public:
  /// `kernel` has the window's sizes. Throws Unsupported for other numbers of axes.
  Windows(const Op& o, const std::vector<std::int64_t>& kernel);

  [[nodiscard]] std::size_t count() const { return axes.size(); }
  [[nodiscard]] bool is_dilated() const;
  /// Adds padding behind, so that the last elements are in a window too; not so much that a window
  /// begins there.
  void round_up();

  // Of one or two axes, as ops on images have them; a sequence is an image of one row.
  [[nodiscard]] const WindowOfAxis& rows() const;
  [[nodiscard]] const WindowOfAxis& columns() const { return axes.back(); }
  [[nodiscard]] Padding padding() const;
  [[nodiscard]] Conv2dOptions options(std::int64_t groups) const;
  [[nodiscard]] Pool2dOptions pool() const;

  /// Returns x[N,...,C], padded by `fill`, as seen by each element of the window: kernel-size many
  /// tensors [N,positions...,C], in row-major order of the kernel.
  [[nodiscard]] std::vector<Tensor> parts(Tensor x, double fill) const;

  /// Returns `combine` of all elements of each window, axis by axis: [N,positions...,C].
  [[nodiscard]] Tensor folded(Tensor x, double fill, Tensor (*combine)(Tensor, Tensor)) const;

  std::vector<WindowOfAxis> axes{};

 private:
  [[nodiscard]] Tensor padded(Tensor x, double fill) const;
  /// Returns x as seen by each element of the window along spatial axis i.
  [[nodiscard]] std::vector<Tensor> parts_along(Tensor x, std::size_t i) const;
};

/// Returns operand 0 with its channels last; a sequence [N,C,T] as an image [N,1,T,C].
[[nodiscard]] Tensor as_image(const Op& o);
/// Gives the result of an op on as_image().
void give_image(Op& o, Tensor y);
/// Returns the sizes of the kernel of operand 1, the weights of a convolution.
[[nodiscard]] std::vector<std::int64_t> kernel_of_weights(const Op& o);

}  // namespace foregraph::onnx
