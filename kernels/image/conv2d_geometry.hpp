#pragma once

#include <cstdint>

/// Sizes of a convolution, of its kernels' blocks and of their workspace; see conv2d.hpp.
namespace foregraph {

/// The sizes of a convolution. Attributes of the convolution ops: integers[0..1] strides, [2..3]
/// dilations, [4..7] padding at top, bottom, left and right, [8] groups, [9..10] the kernel's
/// height and width; for the gradient with respect to the image, `shape` is the shape of the image.
struct ConvGeometry {
  std::int64_t batch = 1;
  std::int64_t height = 1, width = 1, channels = 1;  ///< of the image
  std::int64_t out_height = 1, out_width = 1, filters = 1;
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int64_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int64_t top = 0, left = 0;
  std::int64_t groups = 1;

  /// Returns the geometry for the integers `a` of the attributes; image and result have four sizes.
  [[nodiscard, gnu::always_inline]] static constexpr ConvGeometry of(const std::int64_t* a,
                                                                     const std::int64_t* image,
                                                                     const std::int64_t* result) {
    ConvGeometry g;
    g.batch = image[0];
    g.height = image[1];
    g.width = image[2];
    g.channels = image[3];
    g.out_height = result[1];
    g.out_width = result[2];
    g.filters = result[3];
    g.stride_h = a[0];
    g.stride_w = a[1];
    g.dilation_h = a[2];
    g.dilation_w = a[3];
    g.top = a[4];
    g.left = a[6];
    g.groups = a[8];
    g.kernel_h = a[9];
    g.kernel_w = a[10];
    return g;
  }
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t group_channels() const {
    return channels / groups;
  }
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t group_filters() const {
    return filters / groups;
  }
  /// Returns the number of elements of one group's patch.
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t patch() const {
    return kernel_h * kernel_w * group_channels();
  }
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t pixels_per_image() const {
    return out_height * out_width;
  }
  [[nodiscard, gnu::always_inline]] constexpr bool is_depthwise() const {
    return groups > 1 && groups == channels && filters == channels;
  }
  /// Returns true if the matrix of all patches is the image itself.
  [[nodiscard, gnu::always_inline]] constexpr bool is_pointwise() const {
    return groups == 1 && kernel_h == 1 && kernel_w == 1 && stride_h == 1 && stride_w == 1 &&
           out_height == height && out_width == width;
  }
  /// Returns true if the kernels of conv2d_direct.hpp, which lay out no patches, run this
  /// convolution: all weights must fit in the second-level cache beside the elements they multiply.
  [[nodiscard, gnu::always_inline]] constexpr bool is_direct() const {
    constexpr std::int64_t most_weights = 48 * 1024;
    return groups == 1 && !is_pointwise() && dilation_h == 1 && dilation_w == 1 &&
           kernel_h * kernel_w * padded(channels) * padded(filters) <= most_weights;
  }
  /// Returns `count` rounded up so that elements of any type fill a multiple of 64 bytes.
  [[nodiscard, gnu::always_inline]] static constexpr std::int64_t padded(std::int64_t count) {
    return (count + 15) / 16 * 16;
  }
  /// Returns the number of pixels in a block of patches.
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t block() const {
    constexpr std::int64_t patch_matrix_elements = 64 * 1024;
    std::int64_t pixels = patch_matrix_elements / patch();
    if (pixels < 32) pixels = 32;
    return pixels < pixels_per_image() ? pixels : pixels_per_image();
  }
  /// Returns the elements of workspace for patches; with groups, also for weights and results.
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t workspace_elements() const {
    if (is_pointwise() || is_depthwise()) return 0;
    const std::int64_t rows = block();
    if (groups == 1) return rows * patch();
    return rows * patch() + patch() * group_filters() + rows * group_filters();
  }
};

/// A correlation computed by conv2d_direct.hpp: the value of filter f at row i and column j of the
/// output is the sum over m, n and c of source(first_row + i * step_h + m, first_column +
/// j * step_w + n, c) * weight(m, n, c, f), where the source is 0 outside its bounds.
struct CorrelationShape {
  std::int64_t height = 1, width = 1, channels = 1;  ///< of the source
  std::int64_t first_row = 0, first_column = 0;
  std::int64_t step_h = 1, step_w = 1;
  std::int64_t taps_h = 1, taps_w = 1;
  std::int64_t rows = 1, columns = 1, filters = 1;  ///< of the output

  /// Returns the number of source columns that a row of the output depends on.
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t band_columns() const {
    return (columns - 1) * step_w + taps_w;
  }
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t band_rows(
      std::int64_t output_rows) const {
    return (output_rows - 1) * step_h + taps_h;
  }
  /// Returns true if some window extends beyond the source.
  [[nodiscard, gnu::always_inline]] constexpr bool leaves_source() const {
    return first_row < 0 || first_column < 0 || first_row + band_rows(rows) > height ||
           first_column + band_columns() > width;
  }
  /// Returns the number of output rows computed together: the source rows they need, with zero
  /// padding, stay in the second-level cache.
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t rows_at_once() const {
    constexpr std::int64_t band_elements = 32 * 1024;
    const std::int64_t source_rows = band_elements / (band_columns() * channels);
    std::int64_t at_once = source_rows > taps_h ? (source_rows - taps_h) / step_h + 1 : 1;
    return at_once < rows ? at_once : rows;
  }
  /// Returns the elements of a zero-padded band; 0 if the source is read in place.
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t band_elements() const {
    if (!leaves_source()) return 0;
    return ConvGeometry::padded(band_rows(rows_at_once()) * band_columns() * channels);
  }
};

/// Returns the forward convolution as a correlation.
[[nodiscard, gnu::always_inline]] constexpr CorrelationShape forward_correlation(
    const ConvGeometry& g) {
  return {g.height,   g.width,    g.channels, -g.top,       -g.left,     g.stride_h,
          g.stride_w, g.kernel_h, g.kernel_w, g.out_height, g.out_width, g.filters};
}

/// One axis of the gradient with respect to the image, for the pixels r, r + stride, r + 2 stride,
/// ...: a correlation of the cotangent with every stride-th tap, in reverse order.
struct GradientAxis {
  std::int64_t first = 0;     ///< index into the cotangent
  std::int64_t taps = 0;      ///< 0 if no window covers these pixels
  std::int64_t last_tap = 0;  ///< last tap of the kernel, which is used first
  std::int64_t count = 0;     ///< number of pixels
};
[[nodiscard, gnu::always_inline]] constexpr GradientAxis gradient_axis(std::int64_t size,
                                                                       std::int64_t kernel,
                                                                       std::int64_t stride,
                                                                       std::int64_t padding,
                                                                       std::int64_t r) {
  GradientAxis axis;
  axis.count = r < size ? (size - r - 1) / stride + 1 : 0;
  const std::int64_t first_tap = (r + padding) % stride;
  axis.taps = first_tap < kernel ? (kernel - first_tap - 1) / stride + 1 : 0;
  axis.last_tap = first_tap + (axis.taps - 1) * stride;
  axis.first = (r + padding - first_tap) / stride - (axis.taps - 1);
  return axis;
}
[[nodiscard, gnu::always_inline]] constexpr CorrelationShape gradient_correlation(
    const ConvGeometry& g, const GradientAxis& h, const GradientAxis& w) {
  return {g.out_height, g.out_width, g.filters, h.first, w.first,   1, 1,
          h.taps,       w.taps,      h.count,   w.count, g.channels};
}

/// Returns the elements of workspace of the convolution. For direct kernels, it holds the weights
/// in the order and with the padding they need, and a band. See below for the gradients.
[[nodiscard]] constexpr std::int64_t forward_workspace(const ConvGeometry& g) {
  if (!g.is_direct()) return g.workspace_elements();
  const std::int64_t weights =
      g.filters % 16 == 0 ? 0 : g.patch() * ConvGeometry::padded(g.filters);
  return weights + forward_correlation(g).band_elements();
}
/// Returns true if the gradient with respect to the image is computed by rows of the window (see
/// conv2d_direct_input_gradient.hpp), because this takes fewer vector multiplications.
[[nodiscard, gnu::always_inline]] constexpr bool gradient_goes_by_runs(const ConvGeometry& g) {
  const std::int64_t by_pixels = g.height * g.width * g.kernel_h * g.kernel_w /
                                 (g.stride_h * g.stride_w) * ConvGeometry::padded(g.channels);
  const std::int64_t by_runs =
      g.pixels_per_image() * g.kernel_h * ConvGeometry::padded(g.kernel_w * g.channels);
  return by_runs + by_runs / 4 < by_pixels;  // a quarter more for adding up the runs
}
[[nodiscard]] constexpr std::int64_t input_gradient_workspace(const ConvGeometry& g) {
  if (!g.is_direct()) return g.workspace_elements();
  if (gradient_goes_by_runs(g)) {
    const std::int64_t run = ConvGeometry::padded(g.kernel_w * g.channels);
    // The last vector of the last run may begin anywhere in the run.
    return (g.kernel_h * g.filters + g.out_width) * run + 16;
  }
  std::int64_t band = 0;
  for (std::int64_t y = 0; y < g.stride_h && y < g.height; ++y)
    for (std::int64_t x = 0; x < g.stride_w && x < g.width; ++x) {
      const GradientAxis h = gradient_axis(g.height, g.kernel_h, g.stride_h, g.top, y);
      if (h.taps == 0) break;
      const GradientAxis w = gradient_axis(g.width, g.kernel_w, g.stride_w, g.left, x);
      if (w.taps == 0) continue;
      const std::int64_t elements = gradient_correlation(g, h, w).band_elements();
      if (elements > band) band = elements;
    }
  return g.kernel_h * g.kernel_w * g.filters * ConvGeometry::padded(g.channels) + band;
}
[[nodiscard]] constexpr std::int64_t weight_gradient_workspace(const ConvGeometry& g) {
  return g.is_direct() ? forward_correlation(g).band_elements() : g.workspace_elements();
}

}  // namespace foregraph
