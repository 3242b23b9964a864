#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/image/average_pool2d.hpp>
#include <foregraph/detail/ops/image/conv1d.hpp>
#include <foregraph/detail/ops/image/conv2d.hpp>
#include <foregraph/detail/ops/image/conv2d_transpose.hpp>
#include <foregraph/detail/ops/image/max_pool2d.hpp>
#include <foregraph/detail/ops/image/upsample2d.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>

#include "onnx/mapping.hpp"

namespace foregraph::onnx_tests {

namespace {

/// ONNX's attributes of a window that moves over one or two spatial axes, as those of two.
struct Geometry {
  std::int64_t axes = 2;
  std::int64_t kernel[2] = {1, 1}, stride[2] = {1, 1}, dilation[2] = {1, 1};
  std::int64_t before[2] = {0, 0}, after[2] = {0, 0};
  bool same = false;

  Geometry(const Op& o, const std::vector<std::int64_t>& kernel_shape) : axes(o.rank(0) - 2) {
    if (axes != 1 && axes != 2) skip("three spatial axes");
    read(kernel_shape, kernel);
    read(o.ints("strides"), stride);
    read(o.ints("dilations"), dilation);
    const std::vector<std::int64_t> pads = o.ints("pads");
    if (!pads.empty()) {
      const auto half = pads.begin() + axes;
      read({pads.begin(), half}, before);
      read({half, pads.end()}, after);
    }
    const std::string automatic = o.s("auto_pad", "NOTSET");
    same = automatic == "SAME_UPPER";
    if (automatic == "SAME_LOWER")  // what is left over goes before
      for (std::int64_t i = 2 - axes; i < 2; ++i) {
        const std::int64_t size = o.dim(0, static_cast<int>(i + axes));
        const std::int64_t positions = (size + stride[i] - 1) / stride[i];
        const std::int64_t needed =
            (positions - 1) * stride[i] + (kernel[i] - 1) * dilation[i] + 1 - size;
        after[i] = needed > 0 ? needed / 2 : 0;
        before[i] = needed > 0 ? needed - after[i] : 0;
      }
  }

  Padding padding() const { return {before[0], after[0], before[1], after[1], same}; }
  Conv2dOptions options(std::int64_t groups) const {
    return {stride[0], stride[1], padding(), dilation[0], dilation[1], groups};
  }
  void read(const std::vector<std::int64_t>& from, std::int64_t (&to)[2]) const {
    for (std::size_t i = 0; i < from.size(); ++i)
      to[i + 2 - static_cast<std::size_t>(axes)] = from[i];
  }
};

std::vector<std::int64_t> kernel_of_weights(const Op& o) {
  std::vector<std::int64_t> kernel;
  for (int i = 2; i < o.rank(1); ++i) kernel.push_back(o.dim(1, i));
  return kernel;
}
Tensor with_bias(const Op& o, Tensor y) {
  return o.has(2) ? add(y, o[2]) : y;
}

void convolution(Op& o) {
  const Geometry g(o, kernel_of_weights(o));
  const std::int64_t groups = o.i("group", 1);
  if (g.axes == 1) {
    const Tensor x = permute(o[0], {0, 2, 1});
    const Tensor weight = permute(o[1], {2, 1, 0});
    const Tensor y = conv1d(x, weight,
                            {.stride = g.stride[1],
                             .before = g.before[1],
                             .after = g.after[1],
                             .same = g.same,
                             .dilation = g.dilation[1],
                             .groups = groups});
    return o.give(permute(with_bias(o, y), {0, 2, 1}));
  }
  const Tensor x = permute(o[0], {0, 2, 3, 1});
  const Tensor weight = permute(o[1], {2, 3, 1, 0});
  const Tensor y = conv2d(x, weight, g.options(groups));
  o.give(permute(with_bias(o, y), {0, 3, 1, 2}));
}

void transposed_convolution(Op& o) {
  Geometry g(o, kernel_of_weights(o));
  std::int64_t extra[2] = {0, 0};
  g.read(o.ints("output_padding"), extra);
  if (const std::vector<std::int64_t> shape = o.ints("output_shape"); !shape.empty())
    for (std::int64_t i = 0; i < 2; ++i) {
      const std::int64_t total = g.stride[i] * (o.dim(0, static_cast<int>(i) + 2) - 1) +
                                 (g.kernel[i] - 1) * g.dilation[i] + 1 + extra[i] -
                                 shape[static_cast<std::size_t>(i)];
      if (total < 0) extra[i] -= total;
      g.after[i] = total < 0 ? 0 : total / 2;
      g.before[i] = total < 0 ? 0 : total - g.after[i];
    }
  const Conv2dTransposeOptions options{g.options(o.i("group", 1)), extra[0], extra[1]};
  if (g.axes == 2) {
    const Tensor x = permute(o[0], {0, 2, 3, 1});
    const Tensor weight = permute(o[1], {2, 3, 1, 0});
    const Tensor y = conv2d_transpose(x, weight, options);
    return o.give(permute(with_bias(o, y), {0, 3, 1, 2}));
  }
  const Tensor x = reshape(permute(o[0], {0, 2, 1}), {o.shape(0)[0], 1, o.dim(0, 2), o.dim(0, 1)});
  const Tensor weight =
      reshape(permute(o[1], {2, 1, 0}), {1, o.dim(1, 2), o.dim(1, 1), o.dim(1, 0)});
  const Tensor y = with_bias(o, conv2d_transpose(x, weight, options));
  const Tensor row = reshape(y, {y.shape()[0], y.shape()[2], y.shape()[3]});
  o.give(permute(row, {0, 2, 1}));
}

/// `pool` of an image made of o[0], back in ONNX's layout.
template <class Pool>
void pooled(Op& o, Geometry g, Pool pool) {
  if (g.dilation[0] != 1 || g.dilation[1] != 1) skip("dilated windows");
  if (o.i("ceil_mode") != 0)
    for (std::int64_t i = 2 - g.axes; i < 2; ++i) {  // more padding, so that the last one fits
      const std::int64_t room =
          o.dim(0, static_cast<int>(i + g.axes)) + g.before[i] + g.after[i] - g.kernel[i];
      if (room % g.stride[i] != 0) g.after[i] += g.stride[i] - room % g.stride[i];
    }
  const Pool2dOptions options{g.kernel[0], g.kernel[1], g.stride[0], g.stride[1], g.padding()};
  if (g.axes == 2) {
    const Tensor x = permute(o[0], {0, 2, 3, 1});
    return o.give(permute(pool(x, options), {0, 3, 1, 2}));
  }
  const Tensor x = reshape(permute(o[0], {0, 2, 1}), {o.shape(0)[0], 1, o.dim(0, 2), o.dim(0, 1)});
  const Tensor y = pool(x, options);
  const Tensor row = reshape(y, {y.shape()[0], y.shape()[2], y.shape()[3]});
  o.give(permute(row, {0, 2, 1}));
}
void max_pool(Op& o) {
  if (o.wants(1)) skip("indices of the largest elements");
  pooled(o, Geometry(o, o.ints("kernel_shape")),
         [](Tensor x, Pool2dOptions options) { return max_pool2d(x, options); });
}
void average_pool(Op& o) {
  const bool count_padding = o.i("count_include_pad") != 0;
  if (count_padding && o.i("ceil_mode") != 0) skip("padding that counts, and ceil_mode");
  pooled(o, Geometry(o, o.ints("kernel_shape")), [&](Tensor x, Pool2dOptions options) {
    return average_pool2d(x, {options, count_padding});
  });
}

template <Tensor (*f)(Tensor, Location)>
void pooled_globally(Op& o) {
  if (o.rank(0) != 4) skip("not an image");
  const Tensor x = permute(o[0], {0, 2, 3, 1});
  const Tensor y = f(x, Location::current());
  o.give(reshape(y, {o.shape(0)[0], o.shape(0)[1], 1, 1}));
}

/// Upsample and Resize of images, from the operands with the scales and the sizes.
void resized(Op& o, int scales, int sizes) {
  if (o.rank(0) != 4) skip("not an image");
  std::int64_t size[4];
  for (int i = 0; i < 4; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const double wanted = o.has(sizes)
                              ? o.value(sizes).values[k]
                              : static_cast<double>(o.dim(0, i)) * o.value(scales).values[k];
    size[i] = static_cast<std::int64_t>(wanted);
    if (static_cast<double>(size[i]) != wanted) skip("a scale that leads to no whole size");
  }
  if (size[0] != o.dim(0, 0) || size[1] != o.dim(0, 1)) skip("more samples or channels");
  const std::string mode = o.s("mode", "nearest");
  const std::string from = o.s("coordinate_transformation_mode", "half_pixel");
  const Tensor x = permute(o[0], {0, 2, 3, 1});
  if (mode == "linear" && (from == "half_pixel" || from == "align_corners")) {
    const Tensor y = upsample_bilinear2d(x, size[2], size[3], from == "align_corners");
    return o.give(permute(y, {0, 3, 1, 2}));
  }
  if (mode != "nearest") skip("mode " + mode + ", " + from);
  const std::string nearest = o.s("nearest_mode", "round_prefer_floor");
  if (from != "half_pixel" || nearest != "round_prefer_floor")
    skip("nearest, " + from + ", " + nearest);
  if (size[2] % o.dim(0, 2) != 0 || size[3] % o.dim(0, 3) != 0) skip("nearest, not a whole scale");
  const Tensor y = upsample_nearest2d(x, size[2] / o.dim(0, 2), size[3] / o.dim(0, 3));
  o.give(permute(y, {0, 3, 1, 2}));
}

}  // namespace

Mappings image_mappings() {
  return {
      {"Conv", convolution},
      {"ConvTranspose", transposed_convolution},
      {"MaxPool", max_pool},
      {"AveragePool", average_pool},
      {"GlobalMaxPool", pooled_globally<global_max_pool>},
      {"GlobalAveragePool", pooled_globally<global_average_pool>},
      {"Upsample", [](Op& o) { resized(o, 1, 4); }},
      {"Resize", [](Op& o) { resized(o, 2, 3); }},
  };
}

}  // namespace foregraph::onnx_tests
