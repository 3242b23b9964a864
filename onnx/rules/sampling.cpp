// GridSample: the values of an image at places that are data.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/cast.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/logical.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/abs.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/clamp.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/math/rounding.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>
#include <foregraph/detail/ops/shape/take_along_axis.hpp>

#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {
namespace sampling_rule {

enum class Outside { zeros, border, reflection };

/// An element along an axis that contributes, and its weight; both f[N,P].
struct Tap {
  Tensor place{};
  Tensor weight{};  ///< of no graph if it is 1
};

/// One axis of the image.
struct Axis {
  std::int64_t size = 1;
  bool aligns_corners = false;
  Outside outside = Outside::zeros;

  /// Places beyond the edge reflected at it, until they are inside.
  [[nodiscard]] Tensor reflected(Tensor place) const {
    const double low = aligns_corners ? 0 : -0.5;
    const double span = static_cast<double>(size) - (aligns_corners ? 1 : 0);
    if (span == 0) return multiply(place, 0.0);
    const Tensor distance = abs(subtract(place, low));
    const Tensor quotient = divide(distance, span);
    const Tensor flips = floor(quotient);
    const Tensor rest = subtract(distance, multiply(flips, span));
    const Tensor half = multiply(flips, 0.5);
    const Tensor is_even = equal(half, floor(half));
    const Tensor back = subtract(span, rest);
    return within(add(select(is_even, rest, back), low));
  }
  [[nodiscard]] Tensor within(Tensor place) const {
    return clamp(place, 0.0, static_cast<double>(size - 1));
  }
  [[nodiscard]] Tensor brought_inside(Tensor place) const {
    if (outside == Outside::reflection) return reflected(place);
    return outside == Outside::border ? within(place) : place;
  }
  /// Places in [-1, 1] as places along the axis.
  [[nodiscard]] Tensor place_of(Tensor relative) const {
    const auto n = static_cast<double>(size);
    const double scale = aligns_corners ? (n - 1) / 2 : n / 2;
    return add(multiply(relative, scale), (n - 1) / 2);
  }

  [[nodiscard]] std::vector<Tap> taps(Tensor place, const std::string& mode) const;
};

/// The cubic kernel at a distance in [0, 1], or in [1, 2].
Tensor cubic_near(Tensor x) {
  constexpr double a = -0.75;
  const Tensor inner = subtract(multiply(x, a + 2), a + 3);
  return add(multiply(multiply(inner, x), x), 1.0);
}
Tensor cubic_far(Tensor x) {
  constexpr double a = -0.75;
  const Tensor first = subtract(multiply(x, a), 5 * a);
  const Tensor second = add(multiply(first, x), 8 * a);
  return subtract(multiply(second, x), 4 * a);
}

std::vector<Tap> Axis::taps(Tensor place, const std::string& mode) const {
  if (mode == "nearest") return {{round(brought_inside(place)), {}}};
  if (mode != "cubic") {
    place = brought_inside(place);
    const Tensor low = floor(place);
    const Tensor share = subtract(place, low);
    const Tensor rest = subtract(1.0, share);
    return {{low, rest}, {add(low, 1.0), share}};
  }
  const Tensor low = floor(place);
  const Tensor share = subtract(place, low);
  const Tensor rest = subtract(1.0, share);
  std::vector<Tap> taps{{subtract(low, 1.0), cubic_far(add(share, 1.0))},
                        {low, cubic_near(share)},
                        {add(low, 1.0), cubic_near(rest)},
                        {add(low, 2.0), cubic_far(add(rest, 1.0))}};
  for (Tap& tap : taps) tap.place = brought_inside(tap.place);
  return taps;
}

void grid_sample(Op& o) {
  if (o.rank(0) != 4 || o.rank(1) != 4) unsupported("no grid on an image");
  const std::string mode_in_file = o.text("mode", "bilinear");
  const std::string mode = mode_in_file == "bicubic" ? "cubic" : mode_in_file;
  const std::string padding = o.text("padding_mode", "zeros");
  const Outside outside = padding == "border"       ? Outside::border
                          : padding == "reflection" ? Outside::reflection
                                                    : Outside::zeros;
  const bool aligns_corners = o.integer("align_corners") != 0;
  const Dim samples = o.shape(0)[0];
  const std::int64_t channels = o.dim(0, 1);
  const Axis rows{o.dim(0, 2), aligns_corners, outside};
  const Axis columns{o.dim(0, 3), aligns_corners, outside};
  const std::int64_t height = o.dim(1, 1);
  const std::int64_t width = o.dim(1, 2);
  const std::int64_t points = height * width;
  const Tensor pixels = reshape(o.channels_last(0), {samples, rows.size * columns.size, channels});
  const Tensor grid = o[1];
  const auto coordinate = [&](int i) {
    return reshape(slice(grid, -1, i, i + 1), {samples, points});
  };
  const std::vector<Tap> down = rows.taps(rows.place_of(coordinate(1)), mode);
  const std::vector<Tap> across = columns.taps(columns.place_of(coordinate(0)), mode);
  Tensor result{};
  for (const Tap& row : down)
    for (const Tap& column : across) {
      const Tensor y = rows.within(row.place);
      const Tensor x = columns.within(column.place);
      const Tensor flat = add(multiply(y, static_cast<double>(columns.size)), x);
      const Tensor index = reshape(cast(flat, i32), {samples, points, 1});
      const Shape shape{samples, points, channels};
      Tensor value = take_along_axis(pixels, broadcast_to(index, shape), 1);
      const auto times = [&](Tensor factor) {
        value = multiply(value, reshape(factor, {samples, points, 1}));
      };
      if (row.weight.graph != nullptr) times(multiply(row.weight, column.weight));
      if (outside == Outside::zeros) {
        const Tensor in_rows = equal(y, row.place);
        const Tensor in_columns = equal(x, column.place);
        const Tensor is_inside = logical_and(in_rows, in_columns);
        times(cast(is_inside, value.dtype()));
      }
      result = result.graph == nullptr ? value : add(result, value);
    }
  o.give_channels_last(reshape(result, {samples, height, width, channels}));
}

}  // namespace sampling_rule

Rules sampling_rules() {
  return {{"GridSample", sampling_rule::grid_sample}};
}

}  // namespace foregraph::onnx
