#include <algorithm>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/image/average_pool2d.hpp>
#include <foregraph/detail/ops/image/conv1d.hpp>
#include <foregraph/detail/ops/image/conv2d.hpp>
#include <foregraph/detail/ops/image/conv2d_transpose.hpp>
#include <foregraph/detail/ops/image/max_pool2d.hpp>
#include <foregraph/detail/ops/image/upsample2d.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>

#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {

namespace image_rule {

/// ONNX's attributes of a window that moves over one or two spatial axes, as those of two.
struct Geometry {
  std::int64_t axes = 2;
  std::int64_t kernel[2] = {1, 1}, stride[2] = {1, 1}, dilation[2] = {1, 1};
  std::int64_t before[2] = {0, 0}, after[2] = {0, 0};
  bool same = false;

  Geometry(const Op& o, const std::vector<std::int64_t>& kernel_shape) : axes(o.rank(0) - 2) {
    if (axes != 1 && axes != 2) unsupported("three spatial axes");
    read(kernel_shape, kernel);
    read(o.integers("strides"), stride);
    read(o.integers("dilations"), dilation);
    const std::vector<std::int64_t> pads = o.integers("pads");
    if (!pads.empty()) {
      const auto half = pads.begin() + axes;
      read({pads.begin(), half}, before);
      read({half, pads.end()}, after);
    }
    const std::string automatic = o.text("auto_pad", "NOTSET");
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
  return o.has(2) ? add(y, o.weight(2)) : y;
}

/// Images have two spatial axes; a sequence [N,C,T] is an image of one row.
Tensor as_image(const Op& o) {
  const Tensor x = o.channels_last(0);
  if (o.rank(0) == 4) return x;
  return reshape(x, {x.shape()[0], 1, x.shape()[1], x.shape()[2]});
}
void give_image(Op& o, Tensor y) {
  if (o.rank(0) == 4) return o.give_channels_last(y);
  o.give_channels_last(reshape(y, {y.shape()[0], y.shape()[2], y.shape()[3]}));
}

void convolution(Op& o) {
  const Geometry g(o, kernel_of_weights(o));
  const std::int64_t groups = o.integer("group", 1);
  if (g.axes == 1) {
    const Tensor weight = o.weight(1, {2, 1, 0});
    const Tensor y = conv1d(o.channels_last(0), weight,
                            {.stride = g.stride[1],
                             .before = g.before[1],
                             .after = g.after[1],
                             .same = g.same,
                             .dilation = g.dilation[1],
                             .groups = groups});
    return o.give_channels_last(with_bias(o, y));
  }
  const Tensor weight = o.weight(1, {2, 3, 1, 0});
  o.give_channels_last(with_bias(o, conv2d(o.channels_last(0), weight, g.options(groups))));
}

void transposed_convolution(Op& o) {
  Geometry g(o, kernel_of_weights(o));
  std::int64_t extra[2] = {0, 0};
  g.read(o.integers("output_padding"), extra);
  const auto axis_of = [&](std::int64_t i) { return static_cast<int>(i + g.axes); };
  std::vector<std::int64_t> asked = o.integers("output_shape");
  if (!asked.empty()) asked.erase(asked.begin(), asked.end() - static_cast<std::ptrdiff_t>(g.axes));
  const std::string automatic = o.text("auto_pad", "NOTSET");
  const bool is_same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  if (!asked.empty() || is_same)
    for (std::int64_t i = 2 - g.axes; i < 2; ++i) {
      const std::int64_t size = o.dim(0, axis_of(i));
      const std::int64_t wanted =
          asked.empty() ? size * g.stride[i] : asked[static_cast<std::size_t>(i + g.axes - 2)];
      const std::int64_t total =
          g.stride[i] * (size - 1) + (g.kernel[i] - 1) * g.dilation[i] + 1 + extra[i] - wanted;
      const std::int64_t cut = std::max<std::int64_t>(total, 0);
      if (total < 0) extra[i] -= total;
      // What is left over goes to the end, but for SAME_UPPER to the begin.
      g.before[i] = automatic == "SAME_UPPER" ? cut - cut / 2 : cut / 2;
      g.after[i] = cut - g.before[i];
      if (asked.empty() && automatic == "SAME_UPPER") std::swap(g.before[i], g.after[i]);
    }
  g.same = false;
  const Conv2dTransposeOptions options{g.options(o.integer("group", 1)), extra[0], extra[1]};
  // [in,out,kernel...] in the file, [kernel...,out,in] here.
  if (g.axes == 2) {
    const Tensor weight = o.weight(1, {2, 3, 1, 0});
    return give_image(o, with_bias(o, conv2d_transpose(as_image(o), weight, options)));
  }
  const std::int64_t in = o.dim(1, 0);
  const std::int64_t out = o.dim(1, 1);
  const std::int64_t kernel = o.dim(1, 2);
  const Tensor weight = o.weight(1, {2, 1, 0}, {in, out, kernel}, {1, kernel, out, in});
  give_image(o, with_bias(o, conv2d_transpose(as_image(o), weight, options)));
}

/// `pool` of an image made of o[0], back in ONNX's layout.
template <class Pool>
void pooled(Op& o, Geometry g, Pool pool) {
  if (g.dilation[0] != 1 || g.dilation[1] != 1) unsupported("dilated windows");
  if (o.integer("ceil_mode") != 0)
    for (std::int64_t i = 2 - g.axes; i < 2; ++i) {  // more padding, so that the last one fits
      const std::int64_t room =
          o.dim(0, static_cast<int>(i + g.axes)) + g.before[i] + g.after[i] - g.kernel[i];
      if (room % g.stride[i] != 0) g.after[i] += g.stride[i] - room % g.stride[i];
    }
  const Pool2dOptions options{g.kernel[0], g.kernel[1], g.stride[0], g.stride[1], g.padding()};
  give_image(o, pool(as_image(o), options));
}
void max_pool(Op& o) {
  if (o.wants(1)) unsupported("indices of the largest elements");
  pooled(o, Geometry(o, o.integers("kernel_shape")),
         [](Tensor x, Pool2dOptions options) { return max_pool2d(x, options); });
}
void average_pool(Op& o) {
  const bool count_padding = o.integer("count_include_pad") != 0;
  if (count_padding && o.integer("ceil_mode") != 0)
    unsupported("padding that counts, and ceil_mode");
  pooled(o, Geometry(o, o.integers("kernel_shape")), [&](Tensor x, Pool2dOptions options) {
    return average_pool2d(x, {options, count_padding});
  });
}

template <Tensor (*f)(Tensor, Location)>
void pooled_globally(Op& o) {
  if (o.rank(0) != 3 && o.rank(0) != 4) unsupported("three spatial axes");
  const Tensor y = f(as_image(o), Location::current());
  Shape shape{y.shape()[0]};
  for (int i = 2; i < o.rank(0); ++i) shape.push_back(1);
  shape.push_back(y.shape()[1]);
  o.give_channels_last(reshape(y, shape));
}

/// Upsample and Resize of images, from the operands with the scales and the sizes.
void resized(Op& o, int scales, int sizes) {
  if (o.rank(0) != 4) unsupported("not an image");
  std::int64_t size[4] = {0, 0, 0, 0};
  for (int i = 1; i < 4; ++i) {
    const auto k = static_cast<std::size_t>(i);
    std::vector<double> factors;
    if (o.opset() < 9)
      for (const float factor : o.attribute("scales").numbers) factors.push_back(factor);
    else if (!o.has(sizes))
      factors = o.numbers(scales);
    const double wanted = o.has(sizes) ? static_cast<double>(fixed_size(o.sizes(sizes).at(k)))
                                       : static_cast<double>(o.dim(0, i)) * factors.at(k);
    size[i] = static_cast<std::int64_t>(wanted);
    if (static_cast<double>(size[i]) != wanted) unsupported("a scale that leads to no whole size");
  }
  if (size[1] != o.dim(0, 1)) unsupported("more channels");
  const std::string mode = o.text("mode", "nearest");
  const std::string from = o.text("coordinate_transformation_mode", "half_pixel");
  const Tensor x = o.channels_last(0);
  if (mode == "linear" && (from == "half_pixel" || from == "align_corners" ||
                           (from == "pytorch_half_pixel" && size[2] > 1 && size[3] > 1)))
    return o.give_channels_last(upsample_bilinear2d(x, size[2], size[3], from == "align_corners"));
  if (mode != "nearest") unsupported("mode " + mode + ", " + from);
  const std::string nearest = o.text("nearest_mode", "round_prefer_floor");
  const bool is_whole = size[2] % o.dim(0, 2) == 0 && size[3] % o.dim(0, 3) == 0;
  if (!is_whole) unsupported("nearest, not a whole scale");
  const bool is_plain = (from == "half_pixel" && nearest == "round_prefer_floor") ||
                        (from == "asymmetric" && nearest == "floor") || o.opset() < 11;
  if (!is_plain) unsupported("nearest, " + from + ", " + nearest);
  o.give_channels_last(upsample_nearest2d(x, size[2] / o.dim(0, 2), size[3] / o.dim(0, 3)));
}

}  // namespace image_rule

Rules image_rules() {
  using namespace image_rule;
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

}  // namespace foregraph::onnx
