#pragma once

#include <algorithm>
#include <foregraph/detail/kernels/image/conv2d_geometry.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// Convolutions without patch matrices ("direct", as in Georganas and others, Anatomy of
/// high-performance deep learning convolutions on SIMD architectures, 2018). The sums of some
/// pixels of a row, for one or two vectors of filters, stay in registers, while the elements of the
/// window are broadcast one by one. In NHWC a row of the window is contiguous, with
/// taps_w * channels elements, so there is a loop over the rows of the window and one along the
/// row. For zero padding, the current rows of the image (a band) are copied into the workspace.
namespace foregraph::direct {

/// Computes the sums of P pixels and N vectors of filters.
template <class V, class T, int P, int N>
[[gnu::always_inline]] inline void accumulate_pixels(const T* source, std::int64_t pixel_stride,
                                                     std::int64_t row_stride, std::int64_t rows,
                                                     std::int64_t run, const T* weights,
                                                     std::int64_t weight_stride, V (&sums)[P][N]) {
  for (int p = 0; p < P; ++p)
    for (int n = 0; n < N; ++n) sums[p][n] = V(T(0));
  for (std::int64_t row = 0; row < rows; ++row) {
    const T* from = source + row * row_stride;
    for (std::int64_t k = 0; k < run; ++k) {
      V w[N];
      for (int n = 0; n < N; ++n)
        w[n] = V::load_unaligned(weights + n * static_cast<std::int64_t>(V::size));
      weights += weight_stride;
      for (int p = 0; p < P; ++p) {
        const V x(from[p * pixel_stride + k]);
        for (int n = 0; n < N; ++n) sums[p][n] = fma(x, w[n], sums[p][n]);
      }
    }
  }
}

/// Operands and destination of a row of output pixels.
template <class T>
struct RowOfPixels {
  const T* source;
  std::int64_t pixel_stride, row_stride, rows, run;
  const T* weights;
  std::int64_t weight_stride;
  T* out;
  std::int64_t out_stride;  ///< between pixels
};

/// Computes P pixels from `first` on, for N vectors of filters from filter `begin` on. `filters` is
/// the total number of filters.
template <class V, class T, int P, int N>
void pixels(const RowOfPixels<T>& row, std::int64_t first, std::int64_t begin,
            std::int64_t filters) {
  constexpr std::int64_t width = V::size;
  V sums[P][N];
  accumulate_pixels<V, T, P, N>(row.source + first * row.pixel_stride, row.pixel_stride,
                                row.row_stride, row.rows, row.run, row.weights + begin,
                                row.weight_stride, sums);
  for (int p = 0; p < P; ++p)
    for (int n = 0; n < N; ++n)
      store_part(sums[p][n], row.out + (first + p) * row.out_stride + begin + n * width,
                 filters - begin - n * width);
}

/// Numbers of pixels for which a kernel exists, in descending order.
template <int... Sizes>
struct PixelCounts {
  static constexpr int most = std::max({Sizes...});

  /// Computes all pixels of a row for N vectors of filters, in parts of about equal size: a small
  /// part would stall, as its few sums wait for one another.
  template <class V, class T, int N>
  [[gnu::always_inline]] static inline void run(const RowOfPixels<T>& row, std::int64_t count,
                                                std::int64_t begin, std::int64_t filters) {
    for (std::int64_t p = 0; p < count;) {
      const std::int64_t left = count - p;
      const std::int64_t part = (left - 1) / ((left - 1) / most + 1) + 1;
      // The smallest size that is at least `part`, or else the largest one that fits.
      std::int64_t size = 0;
      ((size = Sizes <= left && (Sizes >= part || size == 0) ? Sizes : size), ...);
      (void)((size == Sizes && (pixels<V, T, Sizes, N>(row, p, begin, filters), true)) || ...);
      p += size;
    }
  }
};

/// Computes a row of pixels, with as many sums at once as fit in registers.
template <class V, class T, int N>
void row_of_pixels(const RowOfPixels<T>& row, std::int64_t count, std::int64_t begin,
                   std::int64_t filters) {
  constexpr bool many_registers = V::size * sizeof(T) == 64;
  if constexpr (many_registers && N == 1)
    PixelCounts<16, 12, 8, 4, 2, 1>::template run<V, T, N>(row, count, begin, filters);
  else if constexpr (many_registers || N == 1)
    PixelCounts<12, 8, 4, 2, 1>::template run<V, T, N>(row, count, begin, filters);
  else
    PixelCounts<6, 4, 2, 1>::template run<V, T, N>(row, count, begin, filters);
}

/// Copies rows [first, first + rows) and columns [column, column + columns) of an image to `band`,
/// with zeros outside the image.
template <class V, class T>
void copy_band(const T* image, const CorrelationShape& s, std::int64_t first, std::int64_t rows,
               std::int64_t column, std::int64_t columns, T* band) {
  const std::int64_t left = column < 0 ? (-column < columns ? -column : columns) : 0;
  std::int64_t end = s.width - column < columns ? s.width - column : columns;
  if (end < left) end = left;
  const auto bytes = [&](std::int64_t pixels) {
    return static_cast<std::size_t>(pixels * s.channels) * sizeof(T);
  };
  for (std::int64_t r = 0; r < rows; ++r) {
    T* to = band + r * columns * s.channels;
    const std::int64_t y = first + r;
    if (y < 0 || y >= s.height) {
      __builtin_memset(to, 0, bytes(columns));
      continue;
    }
    __builtin_memset(to, 0, bytes(left));
    __builtin_memcpy(to + left * s.channels, image + (y * s.width + column + left) * s.channels,
                     bytes(end - left));
    __builtin_memset(to + end * s.channels, 0, bytes(columns - end));
  }
}

/// The part of the source that some rows of the output need.
template <class T>
struct Band {
  const T* data;
  std::int64_t row_stride;
};
template <class V, class T>
[[gnu::always_inline]] inline Band<T> band_of(const T* image, const CorrelationShape& s,
                                              std::int64_t row, std::int64_t rows, T* scratch) {
  const std::int64_t first = s.first_row + row * s.step_h;
  if (!s.leaves_source())
    return {image + (first * s.width + s.first_column) * s.channels, s.width * s.channels};
  copy_band<V>(image, s, first, s.band_rows(rows), s.first_column, s.band_columns(), scratch);
  return {scratch, s.band_columns() * s.channels};
}

/// Destination of a correlation, with the strides between images, rows and pixels in elements.
template <class T>
struct Target {
  T* data;
  std::int64_t image_stride, row_stride, pixel_stride;
};

/// Computes a correlation of `batch` images. `weights` are [taps_h * taps_w * channels, stride]:
/// the filters are the first columns, and the padding to a multiple of 64 bytes may hold anything.
/// `scratch()` returns the memory for the current thread's band.
template <class V, class T, class Scratch>
void correlate(const CorrelationShape& s, std::int64_t batch, const T* source, const T* weights,
               std::int64_t weight_stride, const Target<T>& target, const Scratch& scratch) {
  constexpr std::int64_t width = V::size;
  const std::int64_t at_once = s.rows_at_once();
  const std::int64_t bands = (s.rows - 1) / at_once + 1;
  const std::int64_t work =
      at_once * s.columns * s.filters * s.taps_h * s.taps_w * s.channels;  // multiplications
  const std::int64_t chunk = 1 + (std::int64_t{1} << 20) / (work + 1);
  parallel_for(batch * bands, chunk, [&](std::int64_t begin, std::int64_t end) {
    T* const memory = scratch();
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t image = unit / bands;
      const std::int64_t row = unit % bands * at_once;
      const std::int64_t rows = s.rows - row < at_once ? s.rows - row : at_once;
      const Band<T> band =
          band_of<V>(source + image * s.height * s.width * s.channels, s, row, rows, memory);
      for (std::int64_t r = 0; r < rows; ++r) {
        const RowOfPixels<T> pixels{
            band.data + r * s.step_h * band.row_stride,
            s.step_w * s.channels,
            band.row_stride,
            s.taps_h,
            s.taps_w * s.channels,
            weights,
            weight_stride,
            target.data + image * target.image_stride + (row + r) * target.row_stride,
            target.pixel_stride};
        std::int64_t f = 0;
        for (; s.filters - f > width; f += 2 * width)
          row_of_pixels<V, T, 2>(pixels, s.columns, f, s.filters);
        if (f < s.filters) row_of_pixels<V, T, 1>(pixels, s.columns, f, s.filters);
      }
    }
  });
}

}  // namespace foregraph::direct
