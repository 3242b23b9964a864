#pragma once

#include <foregraph/detail/kernels/image/conv2d_patches.hpp>
#include <foregraph/detail/kernels/simd/vector_parts.hpp>

/// The kernels of ops/image/upsample2d.hpp.
namespace foregraph {

struct UpsampleNearest2dKernel {
  static constexpr bool any_dtype = true;
  template <class T, class V>
  static void run(const KernelCall& call) {
    const ConcreteShape& image = call.input_shapes[0];
    const std::int64_t scale_h = call.attributes->integers[0];
    const std::int64_t scale_w = call.attributes->integers[1];
    const std::int64_t channels = image.dims[3];
    const std::int64_t wide = image.dims[2] * scale_w * channels;
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    const std::int64_t columns = image.dims[2];
    for_each_row(image.dims[0] * image.dims[1], scale_h * wide, elements_read_worth_a_thread,
                 [=](std::int64_t row) {
                   const T* from = x + row * columns * channels;
                   T* const first = out + row * scale_h * wide;
                   T* to = first;
                   for (std::int64_t j = 0; j < columns; ++j, from += channels)
                     for (std::int64_t k = 0; k < scale_w; ++k, to += channels)
                       detail::copy_run<V>(to, from, channels);
                   for (std::int64_t k = 1; k < scale_h; ++k, to += wide)
                     detail::copy_run<V>(to, first, wide);
                 });
  }
};

namespace detail {
/// The two pixels around a position, and the weight of the second.
template <class V, class T>
struct Between {
  std::int64_t low, high;
  T weight;

  [[gnu::always_inline]] static Between of(std::int64_t i, std::int64_t size, std::int64_t new_size,
                                           bool align_corners) {
    double at = align_corners
                    ? (new_size > 1 ? static_cast<double>(i) * static_cast<double>(size - 1) /
                                          static_cast<double>(new_size - 1)
                                    : 0.0)
                    : (static_cast<double>(i) + 0.5) * static_cast<double>(size) /
                              static_cast<double>(new_size) -
                          0.5;
    if (at < 0) at = 0;
    if (at > static_cast<double>(size - 1)) at = static_cast<double>(size - 1);
    const auto low = static_cast<std::int64_t>(at);
    return {low, low + 1 < size ? low + 1 : low, static_cast<T>(at - static_cast<double>(low))};
  }
};

/// Calls `visit(result_pixel, image_pixel, weight)` for the four image pixels of each result pixel,
/// images in parallel on threads.
template <class V, class T, class Visit>
[[gnu::always_inline]] inline void for_each_corner(const KernelCall& call,
                                                   const ConcreteShape image,
                                                   const ConcreteShape result, const Visit& visit) {
  const bool align = call.attributes->integers[2] != 0;
  for_each_row(result.dims[0], result.elements / result.dims[0], elements_worth_a_thread,
               [=](std::int64_t n) {
                 std::int64_t pixel = n * result.dims[1] * result.dims[2];
                 for (std::int64_t i = 0; i < result.dims[1]; ++i) {
                   const auto y = Between<V, T>::of(i, image.dims[1], result.dims[1], align);
                   for (std::int64_t j = 0; j < result.dims[2]; ++j, ++pixel) {
                     const auto x = Between<V, T>::of(j, image.dims[2], result.dims[2], align);
                     const std::int64_t upper = (n * image.dims[1] + y.low) * image.dims[2];
                     const std::int64_t lower = (n * image.dims[1] + y.high) * image.dims[2];
                     visit(pixel, upper + x.low, (1 - y.weight) * (1 - x.weight));
                     visit(pixel, upper + x.high, (1 - y.weight) * x.weight);
                     visit(pixel, lower + x.low, y.weight * (1 - x.weight));
                     visit(pixel, lower + x.high, y.weight * x.weight);
                   }
                 }
               });
}

/// Adds weight * x to out.
template <class V, class T>
void add_scaled(T* out, const T* x, T weight, std::int64_t count) {
  for (std::int64_t c = 0; c < count; c += V::size)
    store_part(V(load_part<V>(out + c, count - c, T(0)) +
                 V(weight) * load_part<V>(x + c, count - c, T(0))),
               out + c, count - c);
}
}  // namespace detail

struct UpsampleBilinear2dKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    const std::int64_t channels = call.output_shape.dims[3];
    detail::fill_zero<V>(out, call.output_shape.elements);
    detail::for_each_corner<V, T>(call, call.input_shapes[0], call.output_shape,
                                  [=](std::int64_t result, std::int64_t image, T weight) {
                                    detail::add_scaled<V>(out + result * channels,
                                                          x + image * channels, weight, channels);
                                  });
  }
};

struct UpsampleBilinear2dGradientKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto* cotangent = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    const std::int64_t channels = call.output_shape.dims[3];
    detail::fill_zero<V>(out, call.output_shape.elements);
    detail::for_each_corner<V, T>(call, call.output_shape, call.input_shapes[0],
                                  [=](std::int64_t result, std::int64_t image, T weight) {
                                    detail::add_scaled<V>(out + image * channels,
                                                          cotangent + result * channels, weight,
                                                          channels);
                                  });
  }
};

}  // namespace foregraph
