#pragma once

#include <foregraph/detail/ops/image/average_pool2d.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>

namespace foregraph {

namespace fault {
inline constexpr FaultKind scale_is_below_one{"a scale or a size is below 1",
                                              "scales and sizes of at least 1"};
}  // namespace fault

/// upsample_nearest2d: repeats each pixel in a block of scale_h x scale_w pixels. T[N,H,W,C] ->
/// T[N,H*scale_h,W*scale_w,C] for every T; the gradient, for f32 and f64, is the sum of each block.
/// Attributes: integers[0..1] are the scales.
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

inline constexpr OpDef upsample_nearest2d_op{
    .name = "upsample_nearest2d",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          if (!detail::is_image(in[0].shape)) return Inferred::failed(fault::image_is_not_nhwc);
          if (attributes.integers[0] < 1 || attributes.integers[1] < 1)
            return Inferred::failed(fault::scale_is_below_one);
          Shape result = in[0].shape;
          for (int i = 0; i < 2; ++i) {
            const Product size =
                multiply(result[i + 1], Dim{attributes.integers[static_cast<std::size_t>(i)]});
            if (size.fault != SizeFault::none) return Inferred::failed(fault::size_overflows);
            result.set(i + 1, size.value);
          }
          return Inferred{result, in[0].dtype};
        },
    .vjp =
        [](Vjp& v) {
          const std::int64_t scale_h = v.attributes.integers[0];
          const std::int64_t scale_w = v.attributes.integers[1];
          const Tensor means = average_pool2d(
              v.cotangent, {.pool = {.window_h = scale_h, .window_w = scale_w}}, v.at);
          v.set(0, multiply(means, static_cast<double>(scale_h * scale_w), v.at));
        },
    .flops = [](std::span<const Operand>, const Operand&, const Attributes&) { return Dim{0}; },
    .samples = samples::of_axis_0,
    .kernels = &Kernels<UpsampleNearest2dKernel>::table,
    .doc = {"T[N,H,W,C] -> T[N,H*sh,W*sw,C]", "none"}};

/// Repeats each pixel scale_h times down and scale_w times to the right.
/// T[N,H,W,C] -> T[N,H*scale_h,W*scale_w,C].
[[nodiscard]] constexpr Tensor upsample_nearest2d(Tensor x, std::int64_t scale_h,
                                                  std::int64_t scale_w,
                                                  Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = scale_h;
  attributes.integers[1] = scale_w;
  return graph_of(x, upsample_nearest2d_op, at).append(upsample_nearest2d_op, {x}, attributes, at);
}

/// upsample_bilinear2d: resizes the image by linear interpolation between pixel centres: position i
/// of OH lies at (i + 0.5) H / OH - 0.5 of H, clamped to the border's pixel; with `align_corners`
/// at i (H-1) / (OH-1). f[N,H,W,C] -> f[N,OH,OW,C] for f in f32, f64. Backward keeps nothing.
/// Attributes: integers[0..1] are the result's size, [2] is align_corners; shape is the image's.
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

/// upsample_bilinear2d_gradient: the transpose of upsample_bilinear2d. f[N,OH,OW,C] -> f[N,H,W,C].
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

namespace detail {
constexpr Tensor append_upsample_bilinear2d(Tensor x, const Attributes& attributes, Location at);
[[nodiscard]] constexpr Inferred bilinear_shape(const Operand& in, const Shape& size_of,
                                                std::int64_t height, std::int64_t width) {
  if (!is_floating(in.dtype)) return Inferred::failed(fault::dtype_is_not_supported);
  if (!is_image(in.shape)) return Inferred::failed(fault::image_is_not_nhwc);
  if (height < 1 || width < 1) return Inferred::failed(fault::scale_is_below_one);
  return {{size_of[0], height, width, size_of[3]}, in.dtype};
}
}  // namespace detail

inline constexpr OpDef upsample_bilinear2d_gradient_op{
    .name = "upsample_bilinear2d_gradient",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          return detail::bilinear_shape(in[0], in[0].shape, attributes.shape[1].constant,
                                        attributes.shape[2].constant);
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, detail::append_upsample_bilinear2d(v.cotangent, v.attributes, v.at));
        },
    .flops = [](std::span<const Operand> in, const Operand&,
                const Attributes&) { return multiply(in[0].shape.elements(), Dim{8}).value; },
    .kernels = &Kernels<UpsampleBilinear2dGradientKernel>::table,
    .doc = {"f[N,OH,OW,C] -> f[N,H,W,C]", "8 per cotangent"}};

inline constexpr OpDef upsample_bilinear2d_op{
    .name = "upsample_bilinear2d",
    .infer =
        [](std::span<const Operand> in, const Attributes& attributes) {
          return detail::bilinear_shape(in[0], in[0].shape, attributes.integers[0],
                                        attributes.integers[1]);
        },
    .vjp =
        [](Vjp& v) {
          v.set(0, v.output.graph->append(upsample_bilinear2d_gradient_op, {v.cotangent},
                                          v.attributes, v.at));
        },
    .flops = [](std::span<const Operand>, const Operand& out,
                const Attributes&) { return multiply(out.shape.elements(), Dim{8}).value; },
    .samples = samples::of_axis_0,
    .kernels = &Kernels<UpsampleBilinear2dKernel>::table,
    .doc = {"f[N,H,W,C] -> f[N,OH,OW,C]", "8 per element"}};

namespace detail {
constexpr Tensor append_upsample_bilinear2d(Tensor x, const Attributes& attributes, Location at) {
  return x.graph->append(upsample_bilinear2d_op, {x}, attributes, at);
}
}  // namespace detail

/// Interpolates between pixels. f[N,H,W,C] -> f[N,height,width,C].
[[nodiscard]] constexpr Tensor upsample_bilinear2d(Tensor x, std::int64_t height,
                                                   std::int64_t width, bool align_corners = false,
                                                   Location at = Location::current()) {
  Attributes attributes;
  attributes.integers[0] = height;
  attributes.integers[1] = width;
  attributes.integers[2] = align_corners ? 1 : 0;
  attributes.shape = x.shape();
  return graph_of(x, upsample_bilinear2d_op, at)
      .append(upsample_bilinear2d_op, {x}, attributes, at);
}

FOREGRAPH_REGISTER_KERNEL(upsample_nearest2d_op, UpsampleNearest2dKernel)
FOREGRAPH_REGISTER_KERNEL(upsample_bilinear2d_op, UpsampleBilinear2dKernel)
FOREGRAPH_REGISTER_KERNEL(upsample_bilinear2d_gradient_op, UpsampleBilinear2dGradientKernel)

}  // namespace foregraph
