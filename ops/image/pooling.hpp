#pragma once

#include <foregraph/detail/kernels/conv2d_kernel.hpp>
#include <foregraph/detail/kernels/reduction_kernel.hpp>
#include <foregraph/detail/ops/image/window.hpp>

/// Shared parts of max and average pooling. Attributes: integers[0..1] are strides, [4..7] padding,
/// [9..10] the window, [11] is 1 if padding counts in an average; shape is the image's in ops whose
/// result is the image.
namespace foregraph {

namespace fault {
inline constexpr FaultKind padding_is_as_large_as_the_window{
    "padding is as large as the window",
    "padding smaller than the window, which would else see "
    "nothing of the image"};
}  // namespace fault

/// Windows of a pooling op.
struct Pool2dOptions {
  /// Rows of a window.
  std::int64_t window_h = 2;
  /// Columns of a window.
  std::int64_t window_w = 2;
  std::int64_t stride_h = 0;  ///< 0: the window
  /// Step to the right; 0 is the width of the window.
  std::int64_t stride_w = 0;
  /// Elements around the image.
  Padding padding{};
};
/// Returns a window and a stride that are equal in both directions. A stride of 0 is the window.
[[nodiscard]] constexpr Pool2dOptions square_pool(std::int64_t window, std::int64_t stride = 0,
                                                  std::int64_t padding = 0) {
  return {.window_h = window,
          .window_w = window,
          .stride_h = stride,
          .stride_w = stride,
          .padding = equal_padding(padding)};
}

namespace pooling {

[[nodiscard]] constexpr Attributes attributes_of(const Shape& image, const Pool2dOptions& o,
                                                 bool count_padding) {
  const std::int64_t stride_h = o.stride_h == 0 ? o.window_h : o.stride_h;
  const std::int64_t stride_w = o.stride_w == 0 ? o.window_w : o.stride_w;
  const Padding& p = o.padding;
  const detail::WindowAxis h =
      detail::window_axis(image[1].constant, o.window_h, stride_h, 1, p.top, p.bottom, p.same);
  const detail::WindowAxis w =
      detail::window_axis(image[2].constant, o.window_w, stride_w, 1, p.left, p.right, p.same);
  Attributes attributes;
  attributes.integers = {stride_h,
                         stride_w,
                         1,
                         1,
                         p.same ? h.before : p.top,
                         p.same ? h.after : p.bottom,
                         p.same ? w.before : p.left,
                         p.same ? w.after : p.right,
                         1,
                         o.window_h,
                         o.window_w,
                         count_padding ? 1 : 0};
  attributes.shape = image;
  return attributes;
}

/// Returns the result's shape for an image, or a fault.
[[nodiscard]] constexpr Inferred infer(const Shape& image, DType dtype,
                                       const Attributes& attributes) {
  const auto& a = attributes.integers;
  if (!is_floating(dtype)) return Inferred::failed(fault::dtype_is_not_supported);
  if (!detail::is_image(image)) return Inferred::failed(fault::image_is_not_nhwc);
  if (a[0] < 1 || a[1] < 1 || a[9] < 1 || a[10] < 1)
    return Inferred::failed(fault::stride_is_below_one);
  for (std::size_t i = 0; i < 11; ++i)
    if (a[i] > detail::most_of_a_window) return Inferred::failed(fault::size_overflows);
  for (std::size_t i = 4; i < 8; ++i) {
    if (a[i] < 0) return Inferred::failed(fault::padding_is_negative);
    if (a[i] >= a[i < 6 ? 9 : 10])
      return Inferred::failed(fault::padding_is_as_large_as_the_window);
  }
  if (detail::is_beyond_windows(image[1], image[2])) return Inferred::failed(fault::size_overflows);
  const detail::WindowAxis h =
      detail::window_axis(image[1].constant, a[9], a[0], 1, a[4], a[5], false);
  const detail::WindowAxis w =
      detail::window_axis(image[2].constant, a[10], a[1], 1, a[6], a[7], false);
  if (h.out < 1 || w.out < 1) return Inferred::failed(fault::kernel_is_larger_than_the_image);
  return {{image[0], h.out, w.out, image[3]}, dtype};
}
/// Shape rule of ops from the result's shape back to the image's.
[[nodiscard]] constexpr Inferred infer_back(const Shape& result, DType dtype,
                                            const Attributes& attributes) {
  const Inferred forward = infer(attributes.shape, dtype, attributes);
  if (forward.fault != nullptr) return forward;
  if (forward.shape != result) return Inferred::failed(fault::shapes_differ);
  return {attributes.shape, dtype};
}
/// Returns the FLOPs: one operation per element of each window.
[[nodiscard]] constexpr Dim flops_of(const Shape& result, const Attributes& attributes) {
  return multiply(result.elements(), Dim{attributes.integers[9] * attributes.integers[10]}).value;
}

/// The part of a window that lies within the image.
struct PoolWindow {
  std::int64_t result;  ///< index of the window's pixel in the result
  std::int64_t first;   ///< index of its upper left pixel in the image
  std::int64_t rows, columns;
  std::int64_t width;  ///< width of the image

  [[nodiscard, gnu::always_inline]] std::int64_t size() const { return rows * columns; }
  /// Calls `visit(pixel)` for each of the image's pixels in the window.
  template <class Visit>
  [[gnu::always_inline]] void for_each(const Visit& visit) const {
    for (std::int64_t row = 0; row < rows; ++row)
      for (std::int64_t column = 0; column < columns; ++column) visit(first + row * width + column);
  }
};

/// Calls `body(begin, end)` for ranges of images, on threads.
template <class Body>
[[gnu::always_inline]] inline void for_images(const ConvGeometry& g, const Body& body) {
  parallel_for_rows(g.batch, g.height * g.width * g.channels, elements_worth_a_thread, body);
}

/// Calls `visit(window)` for each result pixel of the images [begin, end).
template <class Visit>
[[gnu::always_inline]] inline void for_each_window(const ConvGeometry& g, std::int64_t begin,
                                                   std::int64_t end, const Visit& visit) {
  PoolWindow window{begin * g.pixels_per_image(), 0, 0, 0, g.width};
  for (std::int64_t image = begin; image < end; ++image)
    for (std::int64_t y = -g.top; y < g.out_height * g.stride_h - g.top; y += g.stride_h) {
      const std::int64_t top = y < 0 ? 0 : y;
      const std::int64_t bottom = y + g.kernel_h < g.height ? y + g.kernel_h : g.height;
      window.rows = bottom - top;
      for (std::int64_t x = -g.left; x < g.out_width * g.stride_w - g.left; x += g.stride_w) {
        const std::int64_t left = x < 0 ? 0 : x;
        const std::int64_t right = x + g.kernel_w < g.width ? x + g.kernel_w : g.width;
        window.columns = right - left;
        window.first = (image * g.height + top) * g.width + left;
        visit(window);
        ++window.result;
      }
    }
}
/// Calls `visit(window)` for each result pixel of all images, on threads.
template <class V, class Visit>
[[gnu::always_inline]] inline void for_each_window(const ConvGeometry& g, const Visit& visit) {
  for_images(g,
             [&](std::int64_t begin, std::int64_t end) { for_each_window(g, begin, end, visit); });
}

/// Computes the gradient of the image from all windows: `parts(window, c, add)` calls `add(pixel,
/// part)` for each pixel of the window, with a vector for the channels from `c`.
template <class V, class T, class Parts>
[[gnu::always_inline]] inline void spread(const ConvGeometry& g, T* out, const Parts& parts) {
  const bool overlap = g.kernel_h > g.stride_h || g.kernel_w > g.stride_w;
  const bool cover = g.kernel_h == g.stride_h && g.kernel_w == g.stride_w &&
                     g.out_height * g.stride_h >= g.height + g.top &&
                     g.out_width * g.stride_w >= g.width + g.left;
  const std::int64_t image_elements = g.height * g.width * g.channels;
  for_images(g, [&](std::int64_t begin, std::int64_t end) {
    if (!cover) detail::fill_zero<V>(out + begin * image_elements, (end - begin) * image_elements);
    for_each_window(g, begin, end, [&](const PoolWindow& window) {
      for (std::int64_t c = 0; c < g.channels; c += V::size)
        parts(window, c, [&](std::int64_t pixel, V part) {
          T* const to = out + pixel * g.channels + c;
          const std::int64_t left = g.channels - c;
          store_part(overlap ? load_part<V>(to, left, T(0)) + part : part, to, left);
        });
    });
  });
}

/// Returns the largest element in a window, for the channels from `c`; NaN if there is one.
template <class V, class T>
[[gnu::always_inline]] inline V largest_of(const ConvGeometry& g, const PoolWindow& window,
                                           const T* x, std::int64_t c) {
  V best(reduction::TakesLarger<T>::identity());
  window.for_each([&](std::int64_t at) {
    const V value = load_part<V>(x + at * g.channels + c, g.channels - c, T(0));
    best = reduction::TakesLarger<T>::combine(best, value);
  });
  return best;
}

/// Calls `visit(at, is_it)` for each pixel of the window; `is_it` is 1 in the lanes of channels
/// whose largest element is at this pixel, otherwise 0: the first among equals, or the first NaN.
/// The elements are compared again rather than numbered, since f32 cannot count beyond 2^24 of
/// them.
template <class V, class T, class Visit>
[[gnu::always_inline]] inline void for_each_candidate(const ConvGeometry& g,
                                                      const PoolWindow& window, const T* x,
                                                      std::int64_t c, const Visit& visit) {
  const V best = largest_of<V>(g, window, x, c);
  V to_be_found(T(1));
  window.for_each([&](std::int64_t at) {
    const V value = load_part<V>(x + at * g.channels + c, g.channels - c, T(0));
    const V equal = select(value == best, to_be_found, V(T(0)));
    const V is_it =
        select(value == value, equal, to_be_found);  // != is false for NaN in some libraries
    to_be_found = to_be_found - is_it;
    visit(at, is_it);
  });
}

}  // namespace pooling
}  // namespace foregraph
