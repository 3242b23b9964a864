#include <algorithm>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/image/conv1d.hpp>
#include <foregraph/detail/ops/image/conv2d.hpp>
#include <foregraph/detail/ops/image/conv2d_transpose.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/shape/pad.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>

#include <foregraph/detail/onnx/rules/windows.hpp>

namespace foregraph::onnx {
namespace convolution_rule {

Tensor with_bias(const Op& o, Tensor y) {
  return o.has(2) ? add(y, o.weight(2)) : y;
}

/// The two axes behind the depth, as attributes of images.
Windows of_planes(const Windows& w) {
  Windows planes = w;
  planes.axes.erase(planes.axes.begin());
  return planes;
}

/// Depths and samples [N,D,H,W,C] as many images [N*D,H,W,C], and back.
Tensor planes_of(Tensor x) {
  const Shape shape = x.shape();
  return reshape(x, {multiply(shape[0], shape[1]).value, shape[2], shape[3], shape[4]});
}
Tensor with_depth(Tensor x, Dim samples, std::int64_t depth) {
  const Shape shape = x.shape();
  return reshape(x, {samples, depth, shape[1], shape[2], shape[3]});
}
/// Plane k of a kernel [D,H,W,...].
Tensor plane_of(Tensor kernel, std::int64_t k) {
  const Shape shape = kernel.shape();
  return reshape(slice(kernel, 0, k, k + 1), {shape[1], shape[2], shape[3], shape[4]});
}

/// The sum of a convolution of planes for each plane of the kernel.
void convolution_of_volumes(Op& o, const Windows& w, std::int64_t groups) {
  const WindowOfAxis& depth = w.axes.front();
  const Tensor kernel = o.weight(1, {2, 3, 4, 1, 0});
  Tensor x = o.channels_last(0);
  if (depth.before + depth.after > 0) x = pad(x, {{}, {depth.before, depth.after}, {}, {}, {}});
  const Windows planes = of_planes(w);
  Tensor y{};
  for (std::int64_t k = 0; k < depth.kernel; ++k) {
    const std::int64_t begin = k * depth.dilation;
    const std::int64_t end = begin + (depth.positions() - 1) * depth.stride + 1;
    const Tensor seen = planes_of(slice(x, 1, begin, end, depth.stride));
    const Tensor part = conv2d(seen, plane_of(kernel, k), planes.options(groups));
    y = k == 0 ? part : add(y, part);
  }
  o.give_channels_last(with_bias(o, with_depth(y, x.shape()[0], depth.positions())));
}

void convolution(Op& o) {
  const Windows w(o, kernel_of_weights(o));
  const std::int64_t groups = o.integer("group", 1);
  if (w.count() == 3) return convolution_of_volumes(o, w, groups);
  if (w.count() == 1) {
    const WindowOfAxis& axis = w.columns();
    const Tensor weight = o.weight(1, {2, 1, 0});
    const Tensor y = conv1d(o.channels_last(0), weight,
                            {.stride = axis.stride,
                             .before = axis.before,
                             .after = axis.after,
                             .dilation = axis.dilation,
                             .groups = groups});
    return o.give_channels_last(with_bias(o, y));
  }
  const Tensor weight = o.weight(1, {2, 3, 1, 0});
  o.give_channels_last(with_bias(o, conv2d(o.channels_last(0), weight, w.options(groups))));
}

/// Of each plane of the image and each of the kernel, added up where they meet.
void transposed_convolution_of_volumes(Op& o, const Windows& w,
                                       const std::vector<std::int64_t>& extra) {
  const WindowOfAxis& depth = w.axes.front();
  const Tensor kernel = o.weight(1, {2, 3, 4, 1, 0});
  const Tensor x = o.channels_last(0);
  const Windows planes = of_planes(w);
  const Conv2dTransposeOptions options{planes.options(o.integer("group", 1)), extra[1], extra[2]};
  const std::int64_t spread = (depth.size - 1) * depth.stride + 1;
  const std::int64_t whole = spread + depth.reach() - 1 + std::max<std::int64_t>(extra[0], 0);
  Tensor y{};
  for (std::int64_t k = 0; k < depth.kernel; ++k) {
    const Tensor of_kernel = plane_of(kernel, k);
    const Tensor plane = conv2d_transpose(planes_of(x), of_kernel, options);
    const Shape shape = plane.shape();
    Tensor part = plane;
    const Dim samples = x.shape()[0];
    if (depth.stride > 1) {
      // Zeros between the planes.
      part = reshape(part,
                     {multiply(samples, Dim{depth.size}).value, 1, shape[1], shape[2], shape[3]});
      part = pad(part, {{}, {0, depth.stride - 1}, {}, {}, {}});
      part = reshape(part, {samples, depth.size * depth.stride, shape[1], shape[2], shape[3]});
      part = slice(part, 1, 0, spread);
    } else {
      part = with_depth(part, samples, depth.size);
    }
    const std::int64_t before = k * depth.dilation;
    part = pad(part, {{}, {before, whole - spread - before}, {}, {}, {}});
    y = k == 0 ? part : add(y, part);
  }
  if (depth.before + depth.after > 0) y = slice(y, 1, depth.before, whole - depth.after);
  o.give_channels_last(with_bias(o, y));
}

void transposed_convolution(Op& o) {
  Windows w(o, kernel_of_weights(o));
  std::vector<std::int64_t> extra = o.integers("output_padding");
  extra.resize(w.count());
  std::vector<std::int64_t> asked = o.integers("output_shape");
  if (asked.size() > w.count())
    asked.erase(asked.begin(), asked.end() - static_cast<std::ptrdiff_t>(w.count()));
  const std::string automatic = o.text("auto_pad", "NOTSET");
  const bool is_same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  if (!asked.empty() || is_same)
    for (std::size_t i = 0; i < w.count(); ++i) {
      WindowOfAxis& axis = w.axes[i];
      const std::int64_t wanted = asked.empty() ? axis.size * axis.stride : asked.at(i);
      const std::int64_t total = axis.stride * (axis.size - 1) + axis.reach() + extra[i] - wanted;
      const std::int64_t cut = std::max<std::int64_t>(total, 0);
      if (total < 0) extra[i] -= total;
      // What is left over goes to the end, but for an output_shape with SAME_UPPER to the begin.
      axis.before = automatic == "SAME_UPPER" && !asked.empty() ? cut - cut / 2 : cut / 2;
      axis.after = cut - axis.before;
    }
  if (w.count() == 3) return transposed_convolution_of_volumes(o, w, extra);
  const Conv2dTransposeOptions options{w.options(o.integer("group", 1)),
                                       w.count() == 2 ? extra[0] : 0, extra.back()};
  // [in,out,kernel...] in the file, [kernel...,out,in] here.
  if (w.count() == 2) {
    const Tensor weight = o.weight(1, {2, 3, 1, 0});
    return give_image(o, with_bias(o, conv2d_transpose(as_image(o), weight, options)));
  }
  const std::int64_t in = o.dim(1, 0);
  const std::int64_t out = o.dim(1, 1);
  const std::int64_t kernel = o.dim(1, 2);
  const Tensor weight = o.weight(1, {2, 1, 0}, {in, out, kernel}, {1, kernel, out, in});
  give_image(o, with_bias(o, conv2d_transpose(as_image(o), weight, options)));
}

}  // namespace convolution_rule

Rules convolution_rules() {
  using namespace convolution_rule;
  return {{"Conv", convolution}, {"ConvTranspose", transposed_convolution}};
}

}  // namespace foregraph::onnx
