#pragma once

#include <foregraph/detail/graph/vjp.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/image/conv2d_direct_input_gradient.hpp>
#include <foregraph/detail/kernels/image/conv2d_direct_weight_gradient.hpp>
#include <foregraph/detail/kernels/image/conv2d_geometry.hpp>
#include <foregraph/detail/kernels/image/conv2d_patches.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>

/// The kernels of ops/image/conv2d.hpp.
///
/// Convolutions with few weights use conv2d_direct.hpp. Others are lowered to matrix products over
/// blocks of output pixels: the patches of a block, each the window of one pixel, are laid out as
/// the rows of a matrix in the workspace ("im2col", Chellapilla and others, 2006). A block is at
/// most one image and about 256 KiB, so the workspace does not grow with the batch. A 1x1
/// convolution reads the image directly. Depthwise convolutions are loops over vectors of channels.
namespace foregraph {

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
      parallel_for(pixels, detail::units_at_once<V>(g, pixels),
                   [=](std::int64_t begin, std::int64_t end) {
                     depthwise<V>(g, begin, end, image, weight, out);
                   });
      return;
    }
    const std::int64_t blocks = (pixels - 1) / g.block() + 1;
    const std::int64_t units = g.groups * blocks;
    parallel_for(units, detail::units_at_once<V>(g, units),
                 [&](std::int64_t begin, std::int64_t end) {
                   by_patches<V>(g, begin, end, image, weight, out, workspace_of(call));
                 });
  }

 private:
  /// Computes the pixels [begin, end) of the result.
  template <class V, class T>
  static void depthwise(const ConvGeometry g, std::int64_t begin, std::int64_t end, const T* image,
                        const T* weight, T* out) {
    detail::fill_zero<V>(out + begin * g.filters, (end - begin) * g.filters);
    for (std::int64_t p = begin; p < end; ++p)
      detail::for_each_tap<V>(g, p, [&](std::int64_t tap, std::int64_t at) {
        detail::add_products<V>(out + p * g.channels, image + at * g.channels,
                                weight + tap * g.channels, g.channels);
      });
  }
  /// Computes the units [begin, end); a unit is one group's part of a block of pixels.
  template <class V, class T>
  static void by_patches(const ConvGeometry& g, std::int64_t begin, std::int64_t end,
                         const T* image, const T* weight, T* out, void* memory) {
    const detail::ConvScratch<V, T> scratch(g, memory);
    const std::int64_t pixels = g.batch * g.pixels_per_image();
    const std::int64_t blocks = (pixels - 1) / g.block() + 1;
    for (std::int64_t unit = begin; unit < end; ++unit) {
      const std::int64_t group = unit / blocks;
      const std::int64_t first = unit % blocks * g.block();
      if (g.groups > 1 && (unit == begin || first == 0))
        detail::take_columns<V>(weight, g.patch(), g.filters, group * g.group_filters(),
                                g.group_filters(), scratch.weights);
      const std::int64_t count = pixels - first < g.block() ? pixels - first : g.block();
      detail::gather_patches<V>(g, image, group, first, count, scratch.patches);
      T* rows = out + first * g.filters;
      gemm<T>(false, false, count, g.group_filters(), g.patch(), T(1), scratch.patches,
              g.groups > 1 ? scratch.weights : weight, T(0), g.groups > 1 ? scratch.results : rows);
      if (g.groups > 1)
        detail::put_columns<V>(scratch.results, count, g.filters, group * g.group_filters(),
                               g.group_filters(), rows);
    }
  }

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
    // Windows overlap only within an image, so split the batch.
    parallel_for(g.batch, detail::units_at_once<V>(g, g.batch),
                 [&](std::int64_t begin, std::int64_t end) {
                   const std::int64_t elements = g.height * g.width * g.channels;
                   detail::fill_zero<V>(out + begin * elements, (end - begin) * elements);
                   if (g.is_depthwise())
                     depthwise<V>(g, begin * g.pixels_per_image(), end * g.pixels_per_image(),
                                  cotangent, weight, out);
                   else
                     by_patches<V>(g, begin, end, cotangent, weight, out, workspace_of(call));
                 });
  }

 private:
  /// Adds the contributions of the cotangent's pixels [begin, end).
  template <class V, class T>
  static void depthwise(const ConvGeometry g, std::int64_t begin, std::int64_t end,
                        const T* cotangent, const T* weight, T* out) {
    for (std::int64_t p = begin; p < end; ++p)
      detail::for_each_tap<V>(g, p, [&](std::int64_t tap, std::int64_t at) {
        detail::add_products<V>(out + at * g.channels, cotangent + p * g.channels,
                                weight + tap * g.channels, g.channels);
      });
  }
  /// Adds the contributions of the images [begin, end). With groups, blocks do not cross images, so
  /// that products do not depend on the distribution of images over threads.
  template <class V, class T>
  static void by_patches(const ConvGeometry& g, std::int64_t begin, std::int64_t end,
                         const T* cotangent, const T* weight, T* out, void* memory) {
    const detail::ConvScratch<V, T> scratch(g, memory);
    const std::int64_t images_at_once = g.groups > 1 ? 1 : end - begin;
    for (std::int64_t group = 0; group < g.groups; ++group) {
      if (g.groups > 1)
        detail::take_columns<V>(weight, g.patch(), g.filters, group * g.group_filters(),
                                g.group_filters(), scratch.weights);
      for (std::int64_t image = begin; image < end; image += images_at_once) {
        const std::int64_t last = (image + images_at_once) * g.pixels_per_image();
        for (std::int64_t first = image * g.pixels_per_image(); first < last; first += g.block()) {
          const std::int64_t count = last - first < g.block() ? last - first : g.block();
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
  }

  /// Computes one correlation for each residue of the pixel coordinates modulo the strides.
  template <class T, class V>
  static void run_direct(const KernelCall& call, const ConvGeometry& g) {
    auto* const out = static_cast<T*>(call.output);
    auto* const weights = static_cast<T*>(call.workspace);
    const std::int64_t stride = ConvGeometry::padded(g.channels);
    const std::int64_t copied = g.kernel_h * g.kernel_w * g.filters * stride;
    for (std::int64_t y = 0; y < g.stride_h && y < g.height; ++y)
      for (std::int64_t x = 0; x < g.stride_w && x < g.width; ++x) {
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

  /// Computes the gradient by runs, for each residue of the rows modulo the stride.
  template <class T, class V>
  static void run_by_runs(const KernelCall& call, const ConvGeometry& g) {
    const auto* const weight = static_cast<const T*>(call.inputs[1]);
    auto* const weights = static_cast<T*>(call.workspace);
    const std::int64_t run = g.kernel_w * g.channels;
    const std::int64_t stride = ConvGeometry::padded(run);
    const std::int64_t copied = g.kernel_h * g.filters * stride;
    for (std::int64_t y = 0; y < g.stride_h && y < g.height; ++y) {
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

  /// Sets pixels that no window covers to zero.
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

  /// Writes every stride-th tap, the last one first, as [taps, filters, channels].
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
      // Each thread sums over all pixels in order, for different channels.
      constexpr std::int64_t line = 16;
      const std::int64_t lines = (g.channels - 1) / line + 1;
      parallel_for(g.channels, detail::units_at_once<V>(g, lines, 1) * line,
                   [=](std::int64_t begin, std::int64_t end) {
                     depthwise<V>(g, end - begin, image + begin, cotangent + begin, out + begin);
                   });
      return;
    }
    parallel_for(g.groups, detail::units_at_once<V>(g, g.groups),
                 [&](std::int64_t begin, std::int64_t end) {
                   by_patches<V>(g, begin, end, image, cotangent, out, workspace_of(call));
                 });
  }

 private:
  /// Computes the sums of `count` channels.
  template <class V, class T>
  static void depthwise(const ConvGeometry g, std::int64_t count, const T* image,
                        const T* cotangent, T* out) {
    for (std::int64_t tap = 0; tap < g.patch(); ++tap)
      detail::fill_zero<V>(out + tap * g.channels, count);
    for (std::int64_t p = 0; p < g.batch * g.pixels_per_image(); ++p)
      detail::for_each_tap<V>(g, p, [&](std::int64_t tap, std::int64_t at) {
        detail::add_products<V>(out + tap * g.channels, image + at * g.channels,
                                cotangent + p * g.channels, count);
      });
  }
  /// Computes the sums of the groups [begin, end).
  template <class V, class T>
  static void by_patches(const ConvGeometry& g, std::int64_t begin, std::int64_t end,
                         const T* image, const T* cotangent, T* out, void* memory) {
    const detail::ConvScratch<V, T> scratch(g, memory);
    const std::int64_t pixels = g.batch * g.pixels_per_image();
    for (std::int64_t group = begin; group < end; ++group) {
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
