#pragma once

#include <foregraph/detail/kernels/image/conv2d_direct.hpp>

/// The gradient of a convolution with respect to an image of few channels, for which a correlation
/// would leave most lanes of each vector unused. Here the lanes run along a row of the window, a
/// run of kernel_w * channels contiguous elements in NHWC. The runs of a row of cotangent pixels
/// are correlations along the vertical axis alone; they overlap horizontally and are added up
/// there.
namespace foregraph::direct {

/// The runs that contribute to one row of the image, one for each pixel of a row of the cotangent.
template <class T>
struct Runs {
  const T* data;  ///< [out_width, stride]
  std::int64_t stride;
};

/// Sets out[width, channels] to the sum of the runs that overlap each pixel.
template <class V, class T>
void add_up_runs(const ConvGeometry& g, const Runs<T>& runs, T* out) {
  for (std::int64_t x = 0; x < g.width; ++x) {
    const std::int64_t at = x + g.left;  // tap of the first run at this pixel
    const std::int64_t past = at - g.kernel_w;
    const std::int64_t first = past < 0 ? 0 : past / g.stride_w + 1;
    const std::int64_t end = at / g.stride_w + 1 < g.out_width ? at / g.stride_w + 1 : g.out_width;
    const T* from = runs.data + (at - first * g.stride_w) * g.channels + first * runs.stride;
    const std::int64_t step = runs.stride - g.stride_w * g.channels;
    for (std::int64_t c = 0; c < g.channels; c += V::size) {
      V sum(T(0));
      for (std::int64_t p = 0; p < end - first; ++p)
        sum = sum + V::load_unaligned(from + p * step + c);
      store_part(sum, out + x * g.channels + c, g.channels - c);
    }
  }
}

/// Computes the gradient of the image's rows y, y + stride_h, ... `weights` are the taps of
/// gradient_axis(.., y) as [taps, filters, stride], where a run is the first elements of a row.
template <class V, class T, class Scratch>
void input_gradient_by_runs(const ConvGeometry& g, std::int64_t y, const T* cotangent,
                            const T* weights, T* out, const Scratch& scratch) {
  constexpr std::int64_t width = V::size;
  const GradientAxis h = gradient_axis(g.height, g.kernel_h, g.stride_h, g.top, y);
  const std::int64_t run = g.kernel_w * g.channels;
  const std::int64_t stride = ConvGeometry::padded(run);
  const std::int64_t work = g.out_width * stride * h.taps * g.filters;
  const std::int64_t chunk = 1 + (std::int64_t{1} << 19) / (work + 1);
  parallel_for(g.batch * h.count, chunk, [&](std::int64_t begin, std::int64_t end) {
    T* const runs = scratch();
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t image = unit / h.count;
      const std::int64_t row = unit % h.count;
      const std::int64_t first = h.first + row;
      const std::int64_t skipped = first < 0 ? -first : 0;
      const std::int64_t left = g.out_height - first < h.taps ? g.out_height - first : h.taps;
      T* const to = out + ((image * g.height + y + row * g.stride_h) * g.width) * g.channels;
      if (left <= skipped) {
        __builtin_memset(to, 0, static_cast<std::size_t>(g.width * g.channels) * sizeof(T));
        continue;
      }
      const std::int64_t cotangent_row = g.out_width * g.filters;
      const RowOfPixels<T> pixels{
          cotangent + (image * g.out_height + first + skipped) * cotangent_row,
          g.filters,
          cotangent_row,
          left - skipped,
          g.filters,
          weights + skipped * g.filters * stride,
          stride,
          runs,
          stride};
      std::int64_t e = 0;
      for (; stride - e > width; e += 2 * width)
        row_of_pixels<V, T, 2>(pixels, g.out_width, e, stride);
      if (e < stride) row_of_pixels<V, T, 1>(pixels, g.out_width, e, stride);
      add_up_runs<V>(g, Runs<T>{runs, stride}, to);
    }
  });
}

}  // namespace foregraph::direct
