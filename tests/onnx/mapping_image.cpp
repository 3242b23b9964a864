#include <foregraph/ops/add.hpp>
#include <foregraph/ops/conv1d.hpp>
#include <foregraph/ops/conv2d.hpp>
#include <foregraph/ops/conv2d_transpose.hpp>
#include <foregraph/ops/permute.hpp>
#include <foregraph/ops/reshape.hpp>

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

}  // namespace

Mappings image_mappings() {
  return {
      {"Conv", convolution},
      {"ConvTranspose", transposed_convolution},
  };
}

}  // namespace foregraph::onnx_tests
