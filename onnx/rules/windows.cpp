#include <algorithm>
#include <foregraph/detail/onnx/rules/windows.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/shape/pad.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>

namespace foregraph::onnx {

Windows::Windows(const Op& o, const std::vector<std::int64_t>& kernel) {
  const int spatial = o.rank(0) - 2;
  if (spatial < 1 || spatial > 3) unsupported(std::to_string(spatial) + " spatial axes");
  const auto count_of_axes = static_cast<std::size_t>(spatial);
  const std::vector<std::int64_t> strides = o.integers("strides");
  const std::vector<std::int64_t> dilations = o.integers("dilations");
  const std::vector<std::int64_t> pads = o.integers("pads");
  if (kernel.size() != count_of_axes || (!strides.empty() && strides.size() != count_of_axes) ||
      (!dilations.empty() && dilations.size() != count_of_axes) ||
      (!pads.empty() && pads.size() != 2 * count_of_axes))
    throw DataError(
        "kernel_shape, strides, dilations and pads do not have as many numbers as the " +
        std::to_string(spatial) + " spatial axes need");
  const std::string automatic = o.text("auto_pad", "NOTSET");
  for (std::size_t i = 0; i < count_of_axes; ++i) {
    WindowOfAxis axis;
    axis.size = o.dim(0, static_cast<int>(i) + 2);
    axis.kernel = kernel[i];
    if (!strides.empty()) axis.stride = strides[i];
    if (!dilations.empty()) axis.dilation = dilations[i];
    if (axis.kernel < 1 || axis.stride < 1 || axis.dilation < 1)
      throw DataError("a window, a stride or a dilation is below 1");
    if (!pads.empty() && automatic == "NOTSET") {
      axis.before = pads[i];
      axis.after = pads[i + count_of_axes];
    }
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      const std::int64_t positions = (axis.size + axis.stride - 1) / axis.stride;
      const std::int64_t needed =
          std::max<std::int64_t>((positions - 1) * axis.stride + axis.reach() - axis.size, 0);
      // What is left over goes behind, or before.
      axis.before = automatic == "SAME_UPPER" ? needed / 2 : needed - needed / 2;
      axis.after = needed - axis.before;
    }
    axis.counted_after = axis.after;
    axes.push_back(axis);
  }
}

bool Windows::is_dilated() const {
  return std::any_of(axes.begin(), axes.end(),
                     [](const WindowOfAxis& axis) { return axis.dilation != 1; });
}

void Windows::round_up() {
  for (WindowOfAxis& axis : axes) {
    const std::int64_t room = axis.size + axis.before + axis.after - axis.reach();
    const std::int64_t missing = room % axis.stride == 0 ? 0 : axis.stride - room % axis.stride;
    const std::int64_t begin_of_last = (room + missing) / axis.stride * axis.stride;
    if (missing > 0 && begin_of_last < axis.size + axis.before) axis.after += missing;
  }
}

const WindowOfAxis& Windows::rows() const {
  static const WindowOfAxis one_row;
  return axes.size() == 1 ? one_row : axes.front();
}
Padding Windows::padding() const {
  return {rows().before, rows().after, columns().before, columns().after, false};
}
Conv2dOptions Windows::options(std::int64_t groups) const {
  return {rows().stride, columns().stride, padding(), rows().dilation, columns().dilation, groups};
}
Pool2dOptions Windows::pool() const {
  return {rows().kernel, columns().kernel, rows().stride, columns().stride, padding()};
}

Tensor Windows::padded(Tensor x, double fill) const {
  std::vector<PadWidth> widths(static_cast<std::size_t>(x.shape().rank));
  bool is_padded = false;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    widths[i + 1] = {axes[i].before, axes[i].after};
    is_padded |= axes[i].before + axes[i].after > 0;
  }
  return is_padded ? pad(x, widths, fill) : x;
}

std::vector<Tensor> Windows::parts_along(Tensor x, std::size_t i) const {
  const WindowOfAxis& axis = axes[i];
  if (axis.kernel > 256) unsupported("a window of more than 256 elements along an axis");
  std::vector<Tensor> result;
  for (std::int64_t k = 0; k < axis.kernel; ++k) {
    const std::int64_t begin = k * axis.dilation;
    const std::int64_t end = begin + (axis.positions() - 1) * axis.stride + 1;
    result.push_back(slice(x, static_cast<int>(i) + 1, begin, end, axis.stride));
  }
  return result;
}

std::vector<Tensor> Windows::parts(Tensor x, double fill) const {
  std::vector<Tensor> all{padded(x, fill)};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    std::vector<Tensor> next;
    for (const Tensor& each : all)
      for (const Tensor& part : parts_along(each, i)) next.push_back(part);
    all = std::move(next);
  }
  return all;
}

Tensor Windows::folded(Tensor x, double fill, Tensor (*combine)(Tensor, Tensor)) const {
  Tensor y = padded(x, fill);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::vector<Tensor> parts = parts_along(y, i);
    y = parts.front();
    for (std::size_t k = 1; k < parts.size(); ++k) y = combine(y, parts[k]);
  }
  return y;
}

Tensor as_image(const Op& o) {
  const Tensor x = o.channels_last(0);
  if (o.rank(0) == 4) return x;
  return reshape(x, {x.shape()[0], 1, x.shape()[1], x.shape()[2]});
}
void give_image(Op& o, Tensor y) {
  if (o.rank(0) == 4) return o.give_channels_last(y);
  o.give_channels_last(reshape(y, {y.shape()[0], y.shape()[2], y.shape()[3]}));
}

std::vector<std::int64_t> kernel_of_weights(const Op& o) {
  std::vector<std::int64_t> kernel;
  for (int i = 2; i < o.rank(1); ++i) kernel.push_back(o.dim(1, i));
  return kernel;
}

}  // namespace foregraph::onnx
