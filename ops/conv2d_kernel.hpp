#pragma once

#include <foregraph/graph/vjp.hpp>
#include <foregraph/ops/vector_parts.hpp>
#include <foregraph/runtime/kernels/gemm.hpp>

/// The kernels of ops/conv2d.hpp.
///
/// A convolution is lowered to matrix products over blocks of output pixels: the patches of a
/// block, each the window of one pixel, are laid out as the rows of a matrix in scratch memory
/// ("im2col", Chellapilla and others, 2006). A block is at most one image and some 256 KiB, so the
/// scratch memory does not grow with the batch. A 1x1 convolution reads the image as it is.
/// Depthwise convolutions are loops over vectors of channels.
namespace foregraph {

/// Attributes of the convolution ops: integers[0..1] strides, [2..3] dilations, [4..7] padding at
/// top, bottom, left and right, [8] groups, [9..10] the kernel's height and width; shape: the
/// image's, for the gradient by the image.
struct ConvGeometry {
  std::int64_t batch = 1;
  std::int64_t height = 1, width = 1, channels = 1;  ///< of the image
  std::int64_t out_height = 1, out_width = 1, filters = 1;
  std::int64_t kernel_h = 1, kernel_w = 1;
  std::int64_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  std::int64_t top = 0, left = 0;
  std::int64_t groups = 1;

  [[nodiscard, gnu::always_inline]] constexpr std::int64_t group_channels() const {
    return channels / groups;
  }
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t group_filters() const {
    return filters / groups;
  }
  /// Elements of one group's patch.
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t patch() const {
    return kernel_h * kernel_w * group_channels();
  }
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t pixels_per_image() const {
    return out_height * out_width;
  }
  [[nodiscard, gnu::always_inline]] constexpr bool is_depthwise() const {
    return groups > 1 && groups == channels && filters == channels;
  }
  /// The patches of all pixels are the image itself.
  [[nodiscard, gnu::always_inline]] constexpr bool is_pointwise() const {
    return groups == 1 && kernel_h == 1 && kernel_w == 1 && stride_h == 1 && stride_w == 1 &&
           out_height == height && out_width == width;
  }
  /// Pixels of a block.
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t block() const {
    constexpr std::int64_t patch_matrix_elements = 64 * 1024;
    std::int64_t pixels = patch_matrix_elements / patch();
    if (pixels < 32) pixels = 32;
    return pixels < pixels_per_image() ? pixels : pixels_per_image();
  }
  /// Elements of scratch memory: patches, and for groups their weights and results as well.
  [[nodiscard, gnu::always_inline]] constexpr std::int64_t workspace_elements() const {
    if (is_pointwise() || is_depthwise()) return 0;
    const std::int64_t rows = block();
    if (groups == 1) return rows * patch();
    return rows * patch() + patch() * group_filters() + rows * group_filters();
  }
};

namespace detail {

template <class V>
ConvGeometry conv_geometry(const KernelCall& call, const ConcreteShape& image,
                           const ConcreteShape& result) {
  const auto& a = call.attributes->integers;
  ConvGeometry g;
  g.batch = image.dims[0];
  g.height = image.dims[1];
  g.width = image.dims[2];
  g.channels = image.dims[3];
  g.out_height = result.dims[1];
  g.out_width = result.dims[2];
  g.filters = result.dims[3];
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

template <class V, class T>
void fill_zero(T* out, std::int64_t count) {
  __builtin_memset(out, 0, static_cast<std::size_t>(count) * sizeof(T));
}
template <class V, class T>
void copy_run(T* out, const T* from, std::int64_t count) {
  __builtin_memcpy(out, from, static_cast<std::size_t>(count) * sizeof(T));
}
template <class V, class T>
void add_run(T* out, const T* x, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + static_cast<std::int64_t>(V::size) <= count; i += V::size)
    (V::load_unaligned(out + i) + V::load_unaligned(x + i)).store_unaligned(out + i);
  for (; i < count; ++i) out[i] += x[i];
}

/// Calls `visit(patch_offset, image_offset, taps)` for each run of taps of the pixel's window that
/// lies within the image and is contiguous there, and `skip(patch_offset, taps)` for those outside.
/// Offsets are in taps and pixels, to be multiplied by channels.
template <class V, class Visit, class Skip>
[[gnu::always_inline]] inline void for_each_run(const ConvGeometry& g, std::int64_t pixel,
                                                Visit&& visit, Skip&& skip) {
  const std::int64_t image = pixel / g.pixels_per_image();
  const std::int64_t within = pixel % g.pixels_per_image();
  const std::int64_t y0 = within / g.out_width * g.stride_h - g.top;
  const std::int64_t x0 = within % g.out_width * g.stride_w - g.left;
  for (std::int64_t kh = 0; kh < g.kernel_h; ++kh) {
    const std::int64_t y = y0 + kh * g.dilation_h;
    const std::int64_t tap = kh * g.kernel_w;
    if (y < 0 || y >= g.height) {
      skip(tap, g.kernel_w);
      continue;
    }
    const std::int64_t row = (image * g.height + y) * g.width;
    if (g.dilation_w == 1) {
      const std::int64_t first = x0 < 0 ? -x0 : 0;
      std::int64_t last = g.width - x0 < g.kernel_w ? g.width - x0 : g.kernel_w;
      if (last <= first) {
        skip(tap, g.kernel_w);
        continue;
      }
      if (first > 0) skip(tap, first);
      visit(tap + first, row + x0 + first, last - first);
      if (last < g.kernel_w) skip(tap + last, g.kernel_w - last);
      continue;
    }
    for (std::int64_t kw = 0; kw < g.kernel_w; ++kw) {
      const std::int64_t x = x0 + kw * g.dilation_w;
      if (x < 0 || x >= g.width)
        skip(tap + kw, std::int64_t{1});
      else
        visit(tap + kw, row + x, std::int64_t{1});
    }
  }
}

/// The patches of group `group` of the pixels [first, first + count), as rows.
template <class V, class T>
void gather_patches(const ConvGeometry& g, const T* image, std::int64_t group, std::int64_t first,
                    std::int64_t count, T* patches) {
  const std::int64_t c = g.group_channels();
  for (std::int64_t p = 0; p < count; ++p) {
    T* row = patches + p * g.patch();
    for_each_run<V>(
        g, first + p,
        [&](std::int64_t tap, std::int64_t at, std::int64_t taps) {
          if (g.groups == 1) {
            copy_run<V>(row + tap * c, image + at * c, taps * c);
            return;
          }
          for (std::int64_t t = 0; t < taps; ++t)
            copy_run<V>(row + (tap + t) * c, image + (at + t) * g.channels + group * c, c);
        },
        [&](std::int64_t tap, std::int64_t taps) { fill_zero<V>(row + tap * c, taps * c); });
  }
}

/// Its transpose: adds the rows to where they came from.
template <class V, class T>
void scatter_patches(const ConvGeometry& g, const T* patches, std::int64_t group,
                     std::int64_t first, std::int64_t count, T* image) {
  const std::int64_t c = g.group_channels();
  for (std::int64_t p = 0; p < count; ++p) {
    const T* row = patches + p * g.patch();
    for_each_run<V>(
        g, first + p,
        [&](std::int64_t tap, std::int64_t at, std::int64_t taps) {
          if (g.groups == 1) {
            add_run<V>(image + at * c, row + tap * c, taps * c);
            return;
          }
          for (std::int64_t t = 0; t < taps; ++t)
            add_run<V>(image + (at + t) * g.channels + group * c, row + (tap + t) * c, c);
        },
        [](std::int64_t, std::int64_t) {});
  }
}

/// Columns [column, column + width) of a matrix of `stride` columns, to or from a dense one.
template <class V, class T>
void take_columns(const T* from, std::int64_t rows, std::int64_t stride, std::int64_t column,
                  std::int64_t width, T* out) {
  for (std::int64_t r = 0; r < rows; ++r)
    copy_run<V>(out + r * width, from + r * stride + column, width);
}
template <class V, class T>
void put_columns(const T* from, std::int64_t rows, std::int64_t stride, std::int64_t column,
                 std::int64_t width, T* out) {
  for (std::int64_t r = 0; r < rows; ++r)
    copy_run<V>(out + r * stride + column, from + r * width, width);
}

/// Scratch memory of a grouped convolution.
template <class V, class T>
struct ConvScratch {
  T* patches;
  T* weights;  ///< [patch, group_filters]
  T* results;  ///< [block, group_filters]

  ConvScratch(const ConvGeometry& g, void* memory)
      : patches(static_cast<T*>(memory)),
        weights(patches + g.block() * g.patch()),
        results(weights + g.patch() * g.group_filters()) {}
};

/// Calls `visit(tap, at)` for the depthwise window of each pixel: `at` counts pixels of the image.
template <class V, class Visit>
[[gnu::always_inline]] inline void for_each_tap(const ConvGeometry& g, std::int64_t pixel,
                                                Visit&& visit) {
  for_each_run<V>(
      g, pixel,
      [&](std::int64_t tap, std::int64_t at, std::int64_t taps) {
        for (std::int64_t t = 0; t < taps; ++t) visit(tap + t, at + t);
      },
      [](std::int64_t, std::int64_t) {});
}

/// out += a * b.
template <class V, class T>
void add_products(T* out, const T* a, const T* b, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + static_cast<std::int64_t>(V::size) <= count; i += V::size)
    (V::load_unaligned(out + i) + V::load_unaligned(a + i) * V::load_unaligned(b + i))
        .store_unaligned(out + i);
  for (; i < count; ++i) out[i] += a[i] * b[i];
}

}  // namespace detail

struct Conv2dKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConvGeometry g = detail::conv_geometry<V>(call, call.input_shapes[0], call.output_shape);
    const auto* image = static_cast<const T*>(call.inputs[0]);
    const auto* weight = static_cast<const T*>(call.inputs[1]);
    auto* out = static_cast<T*>(call.output);
    const std::int64_t pixels = g.batch * g.pixels_per_image();
    if (g.is_pointwise()) {
      gemm<T>(false, false, pixels, g.filters, g.channels, T(1), image, weight, T(0), out);
      return;
    }
    if (g.is_depthwise()) {
      detail::fill_zero<V>(out, pixels * g.filters);
      for (std::int64_t p = 0; p < pixels; ++p)
        detail::for_each_tap<V>(g, p, [&](std::int64_t tap, std::int64_t at) {
          detail::add_products<V>(out + p * g.channels, image + at * g.channels,
                                  weight + tap * g.channels, g.channels);
        });
      return;
    }
    const detail::ConvScratch<V, T> scratch(g, call.workspace);
    for (std::int64_t group = 0; group < g.groups; ++group) {
      if (g.groups > 1)
        detail::take_columns<V>(weight, g.patch(), g.filters, group * g.group_filters(),
                                g.group_filters(), scratch.weights);
      for (std::int64_t first = 0; first < pixels; first += g.block()) {
        const std::int64_t count = pixels - first < g.block() ? pixels - first : g.block();
        detail::gather_patches<V>(g, image, group, first, count, scratch.patches);
        T* rows = out + first * g.filters;
        gemm<T>(false, false, count, g.group_filters(), g.patch(), T(1), scratch.patches,
                g.groups > 1 ? scratch.weights : weight, T(0),
                g.groups > 1 ? scratch.results : rows);
        if (g.groups > 1)
          detail::put_columns<V>(scratch.results, count, g.filters, group * g.group_filters(),
                                 g.group_filters(), rows);
      }
    }
  }
};

struct Conv2dInputGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConvGeometry g = detail::conv_geometry<V>(call, call.output_shape, call.input_shapes[0]);
    const auto* cotangent = static_cast<const T*>(call.inputs[0]);
    const auto* weight = static_cast<const T*>(call.inputs[1]);
    auto* out = static_cast<T*>(call.output);
    const std::int64_t pixels = g.batch * g.pixels_per_image();
    if (g.is_pointwise()) {
      gemm<T>(false, true, pixels, g.channels, g.filters, T(1), cotangent, weight, T(0), out);
      return;
    }
    detail::fill_zero<V>(out, g.batch * g.height * g.width * g.channels);
    if (g.is_depthwise()) {
      for (std::int64_t p = 0; p < pixels; ++p)
        detail::for_each_tap<V>(g, p, [&](std::int64_t tap, std::int64_t at) {
          detail::add_products<V>(out + at * g.channels, cotangent + p * g.channels,
                                  weight + tap * g.channels, g.channels);
        });
      return;
    }
    const detail::ConvScratch<V, T> scratch(g, call.workspace);
    for (std::int64_t group = 0; group < g.groups; ++group) {
      if (g.groups > 1)
        detail::take_columns<V>(weight, g.patch(), g.filters, group * g.group_filters(),
                                g.group_filters(), scratch.weights);
      for (std::int64_t first = 0; first < pixels; first += g.block()) {
        const std::int64_t count = pixels - first < g.block() ? pixels - first : g.block();
        const T* rows = cotangent + first * g.filters;
        if (g.groups > 1)
          detail::take_columns<V>(rows, count, g.filters, group * g.group_filters(),
                                  g.group_filters(), scratch.results);
        gemm<T>(false, true, count, g.patch(), g.group_filters(), T(1),
                g.groups > 1 ? scratch.results : rows, g.groups > 1 ? scratch.weights : weight,
                T(0), scratch.patches);
        detail::scatter_patches<V>(g, scratch.patches, group, first, count, out);
      }
    }
  }
};

struct Conv2dWeightGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConvGeometry g =
        detail::conv_geometry<V>(call, call.input_shapes[0], call.input_shapes[1]);
    const auto* image = static_cast<const T*>(call.inputs[0]);
    const auto* cotangent = static_cast<const T*>(call.inputs[1]);
    auto* out = static_cast<T*>(call.output);
    const std::int64_t pixels = g.batch * g.pixels_per_image();
    if (g.is_pointwise()) {
      gemm<T>(true, false, g.channels, g.filters, pixels, T(1), image, cotangent, T(0), out);
      return;
    }
    if (g.is_depthwise()) {
      detail::fill_zero<V>(out, g.kernel_h * g.kernel_w * g.channels);
      for (std::int64_t p = 0; p < pixels; ++p)
        detail::for_each_tap<V>(g, p, [&](std::int64_t tap, std::int64_t at) {
          detail::add_products<V>(out + tap * g.channels, image + at * g.channels,
                                  cotangent + p * g.channels, g.channels);
        });
      return;
    }
    const detail::ConvScratch<V, T> scratch(g, call.workspace);
    for (std::int64_t group = 0; group < g.groups; ++group) {
      T* total = g.groups > 1 ? scratch.weights : out;
      for (std::int64_t first = 0; first < pixels; first += g.block()) {
        const std::int64_t count = pixels - first < g.block() ? pixels - first : g.block();
        const T* rows = cotangent + first * g.filters;
        if (g.groups > 1)
          detail::take_columns<V>(rows, count, g.filters, group * g.group_filters(),
                                  g.group_filters(), scratch.results);
        detail::gather_patches<V>(g, image, group, first, count, scratch.patches);
        gemm<T>(true, false, g.patch(), g.group_filters(), count, T(1), scratch.patches,
                g.groups > 1 ? scratch.results : rows, first == 0 ? T(0) : T(1), total);
      }
      if (g.groups > 1)
        detail::put_columns<V>(scratch.weights, g.patch(), g.filters, group * g.group_filters(),
                               g.group_filters(), out);
    }
  }
};

}  // namespace foregraph
