#include <algorithm>
#include <cmath>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/image/average_pool2d.hpp>
#include <foregraph/detail/ops/image/max_pool2d.hpp>
#include <foregraph/detail/ops/math/abs.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/pow.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/square.hpp>
#include <foregraph/detail/ops/reduction/argmax.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>
#include <foregraph/detail/ops/reduction/reduce_max.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>
#include <foregraph/detail/ops/shape/gather.hpp>
#include <foregraph/detail/ops/shape/iota.hpp>
#include <foregraph/detail/ops/shape/pad.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>
#include <limits>

#include <foregraph/detail/onnx/rules/windows.hpp>

namespace foregraph::onnx {
namespace pooling_rule {

Windows windows_of(const Op& o) {
  Windows w(o, o.integers("kernel_shape"));
  if (o.integer("ceil_mode") != 0) w.round_up();
  return w;
}
/// What the ops on images can do.
bool is_simple(const Windows& w) {
  return w.count() <= 2 && !w.is_dilated();
}

double lowest(DType dtype) {
  switch (dtype) {
    case DType::i32:
      return std::numeric_limits<std::int32_t>::min();
    case DType::i64:
      return -0x1p62;
    default:
      return -std::numeric_limits<double>::infinity();
  }
}

Tensor larger(Tensor a, Tensor b) {
  return maximum(a, b);
}
Tensor total(Tensor a, Tensor b) {
  return add(a, b);
}

/// A number for each position of the window, of several axes: f(kernel element or position along
/// each).
template <class F>
std::vector<double> numbers_of_axes(const std::vector<std::int64_t>& counts, const F& f) {
  std::int64_t count = 1;
  for (const std::int64_t each : counts) count *= each;
  std::vector<double> numbers;
  for (std::int64_t i = 0; i < count; ++i) {
    std::vector<std::int64_t> at(counts.size());
    std::int64_t rest = i;
    for (std::size_t axis = counts.size(); axis-- > 0; rest /= counts[axis])
      at[axis] = rest % counts[axis];
    numbers.push_back(f(at));
  }
  return numbers;
}

/// The index in the file's operand [N,C,...] of the largest element of each window, which lies
/// there at (first element of the window) + (its place in the window).
Tensor indices_of_largest(const Op& o, const Windows& w, const std::vector<Tensor>& parts) {
  const bool columns_first = o.integer("storage_order") != 0;
  std::vector<double> stride(w.count());
  double volume = 1;
  for (std::size_t k = 0; k < w.count(); ++k) {
    const std::size_t axis = columns_first ? k : w.count() - 1 - k;
    stride[axis] = volume;
    volume *= static_cast<double>(w.axes[axis].size);
  }
  std::vector<std::int64_t> kernel;
  std::vector<std::int64_t> positions;
  Shape spatial{1};
  for (const WindowOfAxis& axis : w.axes) {
    kernel.push_back(axis.kernel);
    positions.push_back(axis.positions());
    spatial.push_back(axis.positions());
  }
  spatial.push_back(1);
  const auto at_places = [&](const std::vector<std::int64_t>& counts, bool is_position) {
    return list_constant(i64, numbers_of_axes(counts, [&](const std::vector<std::int64_t>& at) {
                           double index = 0;
                           for (std::size_t axis = 0; axis < at.size(); ++axis) {
                             const WindowOfAxis& a = w.axes[axis];
                             const std::int64_t place = is_position ? at[axis] * a.stride - a.before
                                                                    : at[axis] * a.dilation;
                             index += static_cast<double>(place) * stride[axis];
                           }
                           return index;
                         }));
  };
  const Tensor which = argmax(stack(std::span<const Tensor>(parts), 0), 0, KeepDims::no, i64);
  Tensor index = gather(o.placed(at_places(kernel, false), "places"), which);
  index = add(index, reshape(o.placed(at_places(positions, true), "positions"), spatial));
  // Samples and channels before this one.
  const Dim channels = o.shape(0)[1];
  const Tensor channel = multiply(iota(o.graph(), channels, i64), volume);
  const Tensor sample = multiply(iota(o.graph(), o.shape(0)[0], i64),
                                 volume * static_cast<double>(fixed_size(channels)));
  Shape of_samples{o.shape(0)[0]};
  for (int i = 1; i < o.rank(0); ++i) of_samples.push_back(1);
  index = add(index, channel);
  return add(index, reshape(sample, of_samples));
}

void max_pool(Op& o) {
  const Windows w = windows_of(o);
  const bool is_floating_point = is_floating(o.dtype(0));
  if (is_simple(w) && !o.wants(1) && is_floating_point)
    return give_image(o, max_pool2d(as_image(o), w.pool()));
  const Tensor x = o.channels_last(0);
  o.give_channels_last(w.folded(x, lowest(o.dtype(0)), larger));
  if (o.wants(1)) o.give_channels_last(indices_of_largest(o, w, w.parts(x, lowest(o.dtype(0)))));
}

/// 1 / (the number of elements that count at each position).
Constant shares(const Windows& w, bool counts_padding, DType dtype) {
  std::vector<std::int64_t> positions;
  Shape shape{1};
  for (const WindowOfAxis& axis : w.axes) {
    positions.push_back(axis.positions());
    shape.push_back(axis.positions());
  }
  shape.push_back(1);
  Constant result = list_constant(
      dtype, numbers_of_axes(positions, [&](const auto& at) {
        double count = 1;
        for (std::size_t i = 0; i < at.size(); ++i) {
          const WindowOfAxis& axis = w.axes[i];
          std::int64_t of_axis = 0;
          for (std::int64_t k = 0; k < axis.kernel; ++k) {
            const std::int64_t place = at[i] * axis.stride + k * axis.dilation - axis.before;
            const bool is_inside = place >= 0 && place < axis.size;
            const bool is_padding = place >= -axis.before && place < axis.size + axis.counted_after;
            of_axis += is_inside || (counts_padding && is_padding) ? 1 : 0;
          }
          count *= static_cast<double>(of_axis);
        }
        return 1 / count;
      }));
  result.shape = shape;
  return result;
}

void average_pool(Op& o) {
  const Windows w = windows_of(o);
  const bool counts_padding = o.integer("count_include_pad") != 0;
  const bool is_rounded_up =
      std::any_of(w.axes.begin(), w.axes.end(),
                  [](const WindowOfAxis& axis) { return axis.after != axis.counted_after; });
  if (is_simple(w) && !(counts_padding && is_rounded_up))
    return give_image(o, average_pool2d(as_image(o), {w.pool(), counts_padding}));
  const Tensor sums = w.folded(o.channels_last(0), 0, total);
  o.give_channels_last(multiply(sums, o.placed(shares(w, counts_padding, o.dtype(0)), "shares")));
}

Tensor to_power(Tensor x, double p) {
  if (p == 2) return square(x);
  const Tensor size = abs(x);
  return p == 1 ? size : pow(size, p);
}
Tensor root_of(Tensor x, double p) {
  return p == 1 ? x : p == 2 ? sqrt(x) : pow(x, 1 / p);
}
double exponent_of(const Op& o) {
  // A number in version 1 of the ops, an integer later.
  return o.has("p") && o.attribute("p").number != 0 ? o.number("p")
                                                    : static_cast<double>(o.integer("p", 2));
}

void lp_pool(Op& o) {
  const Windows w = windows_of(o);
  const double p = exponent_of(o);
  if (is_simple(w)) {
    const Tensor mean_power = average_pool2d(to_power(as_image(o), p), {w.pool(), true});
    const auto window = static_cast<double>(w.rows().kernel * w.columns().kernel);
    return give_image(o, root_of(multiply(mean_power, window), p));
  }
  const Tensor sums = w.folded(to_power(o.channels_last(0), p), 0, total);
  o.give_channels_last(root_of(sums, p));
}

/// The axes between the samples and the channels.
Axes spatial_axes(const Op& o) {
  Axes axes;
  axes.all = false;
  for (int i = 1; i + 1 < o.rank(0); ++i) axes.list[static_cast<std::size_t>(axes.count++)] = i;
  if (axes.count == 0) unsupported("a tensor without spatial axes");
  return axes;
}
/// Puts one position back where the image was.
void give_row(Op& o, Tensor y) {
  Shape shape{y.shape()[0]};
  for (int i = 2; i < o.rank(0); ++i) shape.push_back(1);
  shape.push_back(y.shape()[1]);
  o.give_channels_last(reshape(y, shape));
}

void global_average(Op& o) {
  if (o.rank(0) == 3 || o.rank(0) == 4) return give_row(o, global_average_pool(as_image(o)));
  o.give_channels_last(mean(o.channels_last(0), spatial_axes(o), KeepDims::yes));
}
void global_max(Op& o) {
  if (o.rank(0) == 3 || o.rank(0) == 4) return give_row(o, global_max_pool(as_image(o)));
  o.give_channels_last(reduce_max(o.channels_last(0), spatial_axes(o), KeepDims::yes));
}
void global_lp(Op& o) {
  const double p = exponent_of(o);
  const Tensor powers = to_power(o.channels_last(0), p);
  o.give_channels_last(root_of(sum(powers, spatial_axes(o), KeepDims::yes), p));
}

/// Puts the elements where a max pool took them from, among zeros.
void max_unpool(Op& o) {
  const Windows w(o, o.integers("kernel_shape"));
  Shape shape{o.shape(0)[0], o.shape(0)[1]};
  for (const WindowOfAxis& axis : w.axes)
    shape.push_back((axis.size - 1) * axis.stride + axis.kernel - axis.before - axis.after);
  const auto flat = [](Tensor x) { return reshape(x, {x.shape().elements()}); };
  const Tensor indices = flat(o[1]);
  const Tensor y = reshape(scatter_add(shape.elements(), indices, flat(o[0])), shape);
  if (!o.has(2)) return o.give(y);
  // The indices are those of the image that the window leads to, whatever size is asked for.
  const std::vector<Dim> asked = o.sizes(2);
  if (asked.size() != w.count() + 2) throw DataError("output_shape has another number of axes");
  std::vector<PadWidth> widths(asked.size());
  for (int i = 2; i < shape.rank; ++i) {
    const auto k = static_cast<std::size_t>(i);
    widths[k] = {0, fixed_size(asked[k]) - fixed_size(shape[i])};
    if (widths[k].after < 0) unsupported("a size below the one that follows from the window");
  }
  o.give(pad(y, widths));
}

}  // namespace pooling_rule

Rules pooling_rules() {
  using namespace pooling_rule;
  return {{"MaxPool", max_pool},
          {"AveragePool", average_pool},
          {"LpPool", lp_pool},
          {"GlobalMaxPool", global_max},
          {"GlobalAveragePool", global_average},
          {"GlobalLpPool", global_lp},
          {"MaxUnpool", max_unpool}};
}

}  // namespace foregraph::onnx
