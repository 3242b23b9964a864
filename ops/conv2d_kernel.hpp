#pragma once

#include <foregraph/graph/vjp.hpp>
#include <foregraph/ops/conv2d_direct_input_gradient.hpp>
#include <foregraph/ops/conv2d_direct_weight_gradient.hpp>
#include <foregraph/ops/conv2d_geometry.hpp>
#include <foregraph/ops/vector_parts.hpp>
#include <foregraph/runtime/kernels/gemm.hpp>

/// The kernels of ops/conv2d.hpp.
///
/// With few weights they are those of conv2d_direct.hpp. Else a convolution is lowered to matrix
/// products over blocks of output pixels: the patches of a block, each the window of one pixel, are
/// laid out as the rows of a matrix in scratch memory
/// ("im2col", Chellapilla and others, 2006). A block is at most one image and some 256 KiB, so the
/// scratch memory does not grow with the batch. A 1x1 convolution reads the image as it is.
/// Depthwise convolutions are loops over vectors of channels.
namespace foregraph {

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
    if (g.is_direct()) return run_direct<T, V>(call, g);
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

 private:
  template <class T, class V>
  static void run_direct(const KernelCall& call, const ConvGeometry& g) {
    const auto* weight = static_cast<const T*>(call.inputs[1]);
    std::int64_t stride = g.filters;
    std::int64_t copied = 0;
    if (g.filters % 16 != 0) {
      stride = ConvGeometry::padded(g.filters);
      copied = g.patch() * stride;
      auto* padded = static_cast<T*>(call.workspace);
      for (std::int64_t row = 0; row < g.patch(); ++row)
        detail::copy_run<V>(padded + row * stride, weight + row * g.filters, g.filters);
      weight = padded;
    }
    direct::correlate<V>(
        forward_correlation(g), g.batch, static_cast<const T*>(call.inputs[0]), weight, stride,
        direct::Target<T>{static_cast<T*>(call.output), g.pixels_per_image() * g.filters,
                          g.out_width * g.filters, g.filters},
        [&] { return static_cast<T*>(workspace_of(call)) + copied; });
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
    if (g.is_direct() && gradient_goes_by_runs(g)) return run_by_runs<T, V>(call, g);
    if (g.is_direct()) return run_direct<T, V>(call, g);
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

 private:
  /// A correlation for each residue of the pixels' coordinates by the strides.
  template <class T, class V>
  static void run_direct(const KernelCall& call, const ConvGeometry& g) {
    auto* const out = static_cast<T*>(call.output);
    auto* const weights = static_cast<T*>(call.workspace);
    const std::int64_t stride = ConvGeometry::padded(g.channels);
    const std::int64_t copied = g.kernel_h * g.kernel_w * g.filters * stride;
    for (std::int64_t y = 0; y < g.stride_h; ++y)
      for (std::int64_t x = 0; x < g.stride_w; ++x) {
        const GradientAxis h = gradient_axis(g.height, g.kernel_h, g.stride_h, g.top, y);
        const GradientAxis w = gradient_axis(g.width, g.kernel_w, g.stride_w, g.left, x);
        if (h.count <= 0 || w.count <= 0) continue;
        const direct::Target<T> target{out + (y * g.width + x) * g.channels,
                                       g.height * g.width * g.channels,
                                       g.stride_h * g.width * g.channels, g.stride_w * g.channels};
        if (h.taps == 0 || w.taps == 0) {
          clear<V>(g, h.count, w.count, target);
          continue;
        }
        reverse_weights<V>(g, h, w, static_cast<const T*>(call.inputs[1]), weights, stride);
        direct::correlate<V>(gradient_correlation(g, h, w), g.batch,
                             static_cast<const T*>(call.inputs[0]), weights, stride, target,
                             [&] { return static_cast<T*>(workspace_of(call)) + copied; });
      }
  }

  /// For each residue of the rows by the stride.
  template <class T, class V>
  static void run_by_runs(const KernelCall& call, const ConvGeometry& g) {
    const auto* const weight = static_cast<const T*>(call.inputs[1]);
    auto* const weights = static_cast<T*>(call.workspace);
    const std::int64_t run = g.kernel_w * g.channels;
    const std::int64_t stride = ConvGeometry::padded(run);
    const std::int64_t copied = g.kernel_h * g.filters * stride;
    for (std::int64_t y = 0; y < g.stride_h; ++y) {
      const GradientAxis h = gradient_axis(g.height, g.kernel_h, g.stride_h, g.top, y);
      if (h.count <= 0) continue;
      T* to = weights;
      for (std::int64_t i = 0; i < h.taps; ++i) {
        const T* from = weight + (h.last_tap - i * g.stride_h) * run * g.filters;
        for (std::int64_t f = 0; f < g.filters; ++f, to += stride)
          for (std::int64_t e = 0; e < run; ++e) to[e] = from[e * g.filters + f];
      }
      direct::input_gradient_by_runs<V>(
          g, y, static_cast<const T*>(call.inputs[0]), weights, static_cast<T*>(call.output),
          [&] { return static_cast<T*>(workspace_of(call)) + copied; });
    }
  }

  /// Pixels that no window covers.
  template <class V, class T>
  static void clear(const ConvGeometry& g, std::int64_t rows, std::int64_t columns,
                    const direct::Target<T>& target) {
    for (std::int64_t image = 0; image < g.batch; ++image)
      for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t column = 0; column < columns; ++column)
          detail::fill_zero<V>(target.data + image * target.image_stride + row * target.row_stride +
                                   column * target.pixel_stride,
                               g.channels);
  }

  /// [taps, filters, channels] of every stride-th tap, the last one first.
  template <class V, class T>
  static void reverse_weights(const ConvGeometry& g, const GradientAxis& h, const GradientAxis& w,
                              const T* from, T* to, std::int64_t stride) {
    for (std::int64_t i = 0; i < h.taps; ++i)
      for (std::int64_t j = 0; j < w.taps; ++j) {
        const std::int64_t tap =
            (h.last_tap - i * g.stride_h) * g.kernel_w + w.last_tap - j * g.stride_w;
        const T* tap_weights = from + tap * g.channels * g.filters;
        for (std::int64_t f = 0; f < g.filters; ++f)
          for (std::int64_t c = 0; c < g.channels; ++c)
            to[f * stride + c] = tap_weights[c * g.filters + f];
        to += g.filters * stride;
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
    if (g.is_direct()) {
      direct::weight_gradient<V>(forward_correlation(g), g.batch, image, cotangent, out,
                                 [&] { return static_cast<T*>(workspace_of(call)); });
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
