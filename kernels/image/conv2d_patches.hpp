#pragma once

#include <cstdint>

#include <foregraph/detail/graph/kernel.hpp>
#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/image/conv2d_geometry.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// Building blocks of conv2d.hpp: the windows of pixels are laid out as the rows of a matrix
/// ("im2col", Chellapilla and others, 2006) and added back, and the work is split among threads.
namespace foregraph {

namespace detail {
template <class V>
ConvGeometry conv_geometry(const KernelCall& call, const ConcreteShape& image,
                           const ConcreteShape& result) {
  return ConvGeometry::of(call.attributes->integers.data(), image.dims.data(), result.dims.data());
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

/// Writes the patches of group `group` at the pixels [first, first + count) as rows.
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

/// The transpose of gather_patches(): adds each row to the pixels of its window.
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

/// Returns the number of units of a grouped or depthwise convolution that a thread takes at once,
/// so that each thread takes units about `times` times. Returns all units if they are little work,
/// or if there is only one group, whose matrix products use the threads. Results must therefore not
/// depend on the split.
template <class V>
std::int64_t units_at_once(const ConvGeometry& g, std::int64_t units, std::int64_t times = 4) {
  constexpr std::int64_t worth_threads = std::int64_t{1} << 20;  // multiplications
  const std::int64_t work = g.batch * g.pixels_per_image() * g.filters * g.patch();
  const std::int64_t threads = threads_here();
  if (g.groups == 1 || work < worth_threads || threads == 1) return units;
  return (units - 1) / (times * threads) + 1;
}

/// Copies columns [column, column + width) of a matrix of `stride` columns to a dense matrix;
/// put_columns() copies them back.
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

/// The workspace of a grouped convolution.
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

/// Calls `visit(tap, at)` for each tap of a pixel's window that lies within the image; `at` is the
/// index of the image pixel.
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

/// Adds a * b to `out`, element by element.
template <class V, class T>
void add_products(T* out, const T* a, const T* b, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + static_cast<std::int64_t>(V::size) <= count; i += V::size)
    (V::load_unaligned(out + i) + V::load_unaligned(a + i) * V::load_unaligned(b + i))
        .store_unaligned(out + i);
  for (; i < count; ++i) out[i] += a[i] * b[i];
}
}  // namespace detail

}  // namespace foregraph
