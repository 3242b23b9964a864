#pragma once

#include <foregraph/detail/kernels/basic/reduction.hpp>
#include <foregraph/detail/kernels/image/conv2d_patches.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>

/// Loops over the windows of max and average pooling; see ops/image/pooling.hpp.
namespace foregraph::pooling {

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

}  // namespace foregraph::pooling
