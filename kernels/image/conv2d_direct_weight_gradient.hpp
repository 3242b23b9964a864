#pragma once

#include <foregraph/detail/kernels/image/conv2d_direct.hpp>

/// The gradient of a convolution with respect to its weights, without patch matrices; see
/// conv2d_direct.hpp.
namespace foregraph::direct {

/// Operands and destination of the weight sums over the pixels of some rows.
template <class T>
struct WeightSums {
  const T* source;  ///< the first element of the window at the first pixel
  std::int64_t pixel_stride, row_stride;
  const T* cotangent;  ///< of the first pixel
  const T* end;        ///< of the whole cotangent
  std::int64_t rows, columns, filters;
  T* out;  ///< [elements of the window, filters]
  bool add;
};

/// Sums the products of window elements and cotangents over all pixels, in registers: for M
/// elements of the window from `first` on and N vectors of filters from `begin` on.
template <class V, class T, int M, int N>
void window_elements(const WeightSums<T>& w, std::int64_t first, std::int64_t begin) {
  constexpr std::int64_t width = V::size;
  const std::int64_t left = w.filters - begin;
  T* const out = w.out + first * w.filters + begin;
  V sums[M][N];
  for (int m = 0; m < M; ++m)
    for (int n = 0; n < N; ++n)
      sums[m][n] =
          w.add ? load_part<V>(out + m * w.filters + n * width, left - n * width, T(0)) : V(T(0));
  const T* cotangent = w.cotangent + begin;
  for (std::int64_t row = 0; row < w.rows; ++row) {
    const T* source = w.source + row * w.row_stride + first;
    const auto add_pixels = [&](std::int64_t count, const auto& load) {
      for (std::int64_t p = 0; p < count; ++p) {
        V g[N];
        for (int n = 0; n < N; ++n) g[n] = load(cotangent + n * width);
        for (int m = 0; m < M; ++m) {
          const V x(source[m]);
          for (int n = 0; n < N; ++n) sums[m][n] = fma(x, g[n], sums[m][n]);
        }
        source += w.pixel_stride;
        cotangent += w.filters;
      }
    };
    // A vector may extend into the next pixel, as those lanes are not stored, but not past the end.
    const std::int64_t room = w.end - cotangent - N * width;
    const std::int64_t inside = room < 0 ? 0 : room / w.filters + 1;
    const std::int64_t whole = inside < w.columns ? inside : w.columns;
    add_pixels(whole, [](const T* at) { return V::load_unaligned(at); });
    if (whole < w.columns)
      add_pixels(w.columns - whole,
                 [&](const T* at) { return load_part<V>(at, w.end - at, T(0)); });
  }
  for (int m = 0; m < M; ++m)
    for (int n = 0; n < N; ++n)
      store_part(sums[m][n], out + m * w.filters + n * width, left - n * width);
}

/// Number of window elements whose sums are in registers at once.
template <class V, class T>
inline constexpr int window_block = V::size * sizeof(T) == 64 ? 12 : 6;

/// Sums `count` elements of the window, at most window_block.
template <class V, class T, int N>
void some_elements(const WeightSums<T>& w, std::int64_t count, std::int64_t begin) {
  constexpr int most = window_block<V, T>;
  std::int64_t m = 0;
  if (count == most) return window_elements<V, T, most, N>(w, 0, begin);
  if constexpr (most > 6)
    for (; count - m >= 6; m += 6) window_elements<V, T, 6, N>(w, m, begin);
  if (count - m == 5) return window_elements<V, T, 5, N>(w, m, begin);
  for (; count - m >= 3; m += 3) window_elements<V, T, 3, N>(w, m, begin);
  for (; m < count; ++m) window_elements<V, T, 1, N>(w, m, begin);
}

/// Sets out[taps_h, taps_w * channels, filters] to the sum over all pixels of source times
/// cotangent. Each thread computes some elements of the window for all images, in order: there are
/// no partial sums to combine, so the result does not depend on the threads.
template <class V, class T, class Scratch>
void weight_gradient(const CorrelationShape& s, std::int64_t batch, const T* source,
                     const T* cotangent, T* out, const Scratch& scratch) {
  constexpr std::int64_t width = V::size;
  constexpr std::int64_t most = window_block<V, T>;
  const std::int64_t run = s.taps_w * s.channels;
  const std::int64_t blocks = (run - 1) / most + 1;  // of a row of the window
  const std::int64_t units = s.taps_h * blocks;
  const std::int64_t at_once = s.rows_at_once();
  const std::int64_t image_pixels = s.rows * s.columns;
  const T* const end = cotangent + batch * image_pixels * s.filters;
  const bool is_small = batch * image_pixels * s.filters * s.taps_h * run < (std::int64_t{1} << 21);
  const std::int64_t threads = is_small ? 1 : threads_here();
  parallel_for(units, (units - 1) / threads + 1, [&](std::int64_t first, std::int64_t last) {
    T* const memory = scratch();
    for (std::int64_t image = 0; image < batch; ++image)
      for (std::int64_t row = 0; row < s.rows; row += at_once) {
        const std::int64_t rows = s.rows - row < at_once ? s.rows - row : at_once;
        const Band<T> band =
            band_of<V>(source + image * s.height * s.width * s.channels, s, row, rows, memory);
        for (std::int64_t unit = first; unit < last; ++unit) {
          const std::int64_t tap = unit / blocks;
          const std::int64_t element = unit % blocks * most;
          const WeightSums<T> sums{band.data + tap * band.row_stride + element,
                                   s.step_w * s.channels,
                                   s.step_h * band.row_stride,
                                   cotangent + (image * image_pixels + row * s.columns) * s.filters,
                                   end,
                                   rows,
                                   s.columns,
                                   s.filters,
                                   out + (tap * run + element) * s.filters,
                                   image > 0 || row > 0};
          const std::int64_t count = run - element < most ? run - element : most;
          std::int64_t f = 0;
          for (; s.filters - f > width; f += 2 * width) some_elements<V, T, 2>(sums, count, f);
          if (f < s.filters) some_elements<V, T, 1>(sums, count, f);
        }
      }
  });
}

}  // namespace foregraph::direct
