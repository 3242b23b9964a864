// Resize and Upsample: the ops for images where they can do it, else a product with a matrix along
// each axis whose size changes.
#include <algorithm>
#include <cmath>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/image/upsample2d.hpp>
#include <foregraph/detail/ops/linear/batch_matmul.hpp>
#include <foregraph/detail/ops/linear/transpose.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/shape/gather.hpp>

#include <foregraph/detail/onnx/rules/common.hpp>

namespace foregraph::onnx {
namespace resize_rule {

/// What a node asks for.
struct Request {
  std::string mode{};
  std::string coordinates{};
  std::string nearest{};
  double cubic_coefficient = -0.75;
  bool exclude_outside = false;
  bool antialias = false;
  double outside = 0;  ///< the value of elements outside of the operand
};
/// One axis of it.
struct Resized {
  int axis = 0;  ///< of the file
  std::int64_t from = 1;
  std::int64_t to = 1;
  double scale = 1;
  double begin = 0;  ///< of the region of interest
  double end = 1;

  friend bool operator==(const Resized&, const Resized&) = default;
};

/// Where element `i` of the result lies along the axis of the operand.
double place_of(const Request& request, const Resized& axis, std::int64_t i) {
  const auto x = static_cast<double>(i);
  const auto from = static_cast<double>(axis.from);
  const auto to = static_cast<double>(axis.to);
  const std::string& mode = request.coordinates;
  if (mode == "half_pixel" || (mode == "pytorch_half_pixel" && axis.to > 1))
    return (x + 0.5) / axis.scale - 0.5;
  if (mode == "pytorch_half_pixel") return 0;
  if (mode == "half_pixel_symmetric") {
    const double adjustment = to / (axis.scale * from);
    return from / 2 * (1 - adjustment) + (x + 0.5) / axis.scale - 0.5;
  }
  if (mode == "align_corners") return axis.to == 1 ? 0 : x * (from - 1) / (to - 1);
  if (mode == "asymmetric") return x / axis.scale;
  if (mode == "tf_half_pixel_for_nn") return (x + 0.5) / axis.scale;
  if (mode == "tf_crop_and_resize")
    return axis.to > 1
               ? axis.begin * (from - 1) + x * (axis.end - axis.begin) * (from - 1) / (to - 1)
               : 0.5 * (axis.begin + axis.end) * (from - 1);
  unsupported("the coordinate transformation " + mode);
}

/// The kernels of interpolation at a distance.
double linear_at(double distance) {
  return std::max(1 - std::abs(distance), 0.0);
}
double cubic_at(double distance, double a) {
  const double x = std::abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

std::int64_t nearest_to(const Request& request, double place) {
  if (request.nearest == "floor") return static_cast<std::int64_t>(std::floor(place));
  if (request.nearest == "ceil") return static_cast<std::int64_t>(std::ceil(place));
  const double rounded =
      request.nearest == "round_prefer_ceil" ? std::floor(place + 0.5) : std::ceil(place - 0.5);
  return static_cast<std::int64_t>(rounded);
}

/// The weights of the operand's elements in each element of the result, [to,from], row-major; rows
/// of elements outside are zero, and 1 in `is_outside`.
std::vector<double> matrix_of(const Request& request, const Resized& axis,
                              std::vector<double>& is_outside) {
  std::vector<double> matrix(static_cast<std::size_t>(axis.to * axis.from));
  is_outside.assign(static_cast<std::size_t>(axis.to), 0);
  const double shrink = request.antialias ? std::min(axis.scale, 1.0) : 1;
  const double radius = (request.mode == "cubic" ? 2 : 1) / shrink;
  for (std::int64_t i = 0; i < axis.to; ++i) {
    const double place = place_of(request, axis, i);
    double* row = matrix.data() + i * axis.from;
    if (request.coordinates == "tf_crop_and_resize" &&
        (place < 0 || place > static_cast<double>(axis.from - 1))) {
      is_outside[static_cast<std::size_t>(i)] = 1;
      continue;
    }
    if (request.mode == "nearest") {
      row[std::clamp<std::int64_t>(nearest_to(request, place), 0, axis.from - 1)] = 1;
      continue;
    }
    const auto first = static_cast<std::int64_t>(std::floor(place - radius)) + 1;
    const auto last = static_cast<std::int64_t>(std::ceil(place + radius)) - 1;
    double total = 0;
    for (std::int64_t k = first; k <= last; ++k) {
      const bool is_inside = k >= 0 && k < axis.from;
      if (!is_inside && request.exclude_outside) continue;
      const double distance = (static_cast<double>(k) - place) * shrink;
      const double weight = request.mode == "cubic" ? cubic_at(distance, request.cubic_coefficient)
                                                    : linear_at(distance);
      row[std::clamp<std::int64_t>(k, 0, axis.from - 1)] += weight;
      total += weight;
    }
    if (request.exclude_outside || request.antialias)
      for (std::int64_t k = 0; k < axis.from; ++k) row[k] /= total;
  }
  return matrix;
}

/// x with axis `at` multiplied by a matrix [to,from].
Tensor product_along(Tensor x, int at, Tensor matrix) {
  const Shape shape = x.shape();
  const Dim to = matrix.shape()[0];
  Dim before{1};
  Dim behind{1};
  for (int i = 0; i < shape.rank; ++i)
    if (i != at) {
      Dim& side = i < at ? before : behind;
      side = multiply(side, shape[i]).value;
    }
  Shape result = shape;
  result.set(at, to);
  if (behind.is_one()) {
    const Tensor rows = reshape(x, {before, shape[at]});
    return reshape(matmul(rows, matrix, Transposed{false, true}), result);
  }
  const Tensor stack = reshape(x, {before, shape[at], behind});
  return reshape(matmul(matrix, stack), result);
}

/// The elements that each element of the result is equal to, if it is equal to one.
std::vector<double> indices_of(const std::vector<double>& matrix, std::int64_t from) {
  std::vector<double> indices;
  for (std::size_t row = 0; row < matrix.size(); row += static_cast<std::size_t>(from)) {
    const auto begin = matrix.begin() + static_cast<std::ptrdiff_t>(row);
    const auto one = std::find(begin, begin + static_cast<std::ptrdiff_t>(from), 1.0);
    indices.push_back(static_cast<double>(one - begin));
  }
  return indices;
}

void resize_by_matrices(Op& o, const Request& request, const std::vector<Resized>& axes) {
  const bool is_joined = !o.known(0).joined.empty();
  const Order order = is_joined ? Order::plain(o.rank(0)) : o.order(0);
  Tensor y = o.in_order(0, order);
  for (const Resized& axis : axes) {
    const int at = order.position_of(axis.axis);
    std::vector<double> outside;
    const std::vector<double> matrix = matrix_of(request, axis, outside);
    const bool has_outside = std::find(outside.begin(), outside.end(), 1.0) != outside.end();
    const std::string name = "axis " + std::to_string(axis.axis);
    if (request.mode == "nearest" && !has_outside) {
      y = gather(y, o.placed(list_constant(i32, indices_of(matrix, axis.from)), name), at);
      continue;
    }
    Constant weights = list_constant(o.dtype(0), matrix);
    weights.shape = {axis.to, axis.from};
    y = product_along(y, at, o.placed(std::move(weights), name));
    if (!has_outside || request.outside == 0) continue;
    for (double& each : outside) each *= request.outside;
    Shape shape;
    for (int i = 0; i < y.shape().rank; ++i) shape.push_back(i == at ? Dim{axis.to} : Dim{1});
    const Tensor values = o.placed(list_constant(o.dtype(0), outside), name + ", outside");
    y = add(y, reshape(values, shape));
  }
  o.give(y, order);
}

/// The ops for images; false if they cannot do it.
bool resize_image(Op& o, const Request& request, const std::vector<Resized>& axes) {
  if (o.rank(0) != 4 || request.antialias || request.exclude_outside || !is_floating(o.dtype(0)))
    return false;
  std::int64_t from[2] = {o.dim(0, 2), o.dim(0, 3)};
  std::int64_t to[2] = {from[0], from[1]};
  for (const Resized& axis : axes) {
    if (axis.axis < 2) return false;
    to[axis.axis - 2] = axis.to;
    // The ops compute with the ratio of the sizes.
    if (static_cast<double>(axis.to) != axis.scale * static_cast<double>(axis.from)) return false;
  }
  const std::string& places = request.coordinates;
  if (request.mode == "linear") {
    const bool is_half_pixel = places == "half_pixel" || places == "half_pixel_symmetric" ||
                               (places == "pytorch_half_pixel" && to[0] > 1 && to[1] > 1);
    if (!is_half_pixel && places != "align_corners") return false;
    const Tensor x = o.channels_last(0);
    o.give_channels_last(upsample_bilinear2d(x, to[0], to[1], places == "align_corners"));
    return true;
  }
  if (request.mode != "nearest" || to[0] % from[0] != 0 || to[1] % from[1] != 0) return false;
  const bool is_plain = (places == "half_pixel" && request.nearest == "round_prefer_floor") ||
                        (places == "asymmetric" && request.nearest == "floor");
  if (!is_plain) return false;
  const Tensor x = o.channels_last(0);
  o.give_channels_last(upsample_nearest2d(x, to[0] / from[0], to[1] / from[1]));
  return true;
}

std::vector<double> attribute_numbers(const Op& o, std::string_view name) {
  std::vector<double> result;
  for (const float each : o.attribute(name).numbers) result.push_back(static_cast<double>(each));
  return result;
}

/// Operands as they are numbered from version 11 of Resize on; -1 for one that there is not.
struct Operands {
  int roi = -1;
  int scales = -1;
  int sizes = -1;
};

std::vector<Resized> axes_of(const Op& o, const Request& request, const Operands& operands) {
  const int rank = o.rank(0);
  const auto has = [&](int i) { return i >= 0 && o.has(i) && o.shape(i).elements() != Dim{0}; };
  std::vector<std::int64_t> list = o.integers("axes");
  if (list.empty())
    for (int i = 0; i < rank; ++i) list.push_back(i);
  std::vector<double> scales;
  std::vector<Dim> sizes;
  if (operands.scales < 0)
    scales = attribute_numbers(o, "scales");
  else if (has(operands.scales))
    scales = o.numbers(operands.scales);
  if (has(operands.sizes)) sizes = o.sizes(operands.sizes);
  std::vector<double> roi;
  if (request.coordinates == "tf_crop_and_resize" && has(operands.roi))
    roi = o.numbers(operands.roi);
  if ((sizes.empty() ? scales.size() : sizes.size()) != list.size() ||
      (!roi.empty() && roi.size() != 2 * list.size()))
    throw DataError("there are not as many scales, sizes or bounds as axes");

  const std::string policy = o.text("keep_aspect_ratio_policy", "stretch");
  double common = 0;
  if (!sizes.empty() && policy != "stretch")
    for (std::size_t i = 0; i < list.size(); ++i) {
      const double ratio = static_cast<double>(fixed_size(sizes[i])) /
                           static_cast<double>(o.dim(0, from_front(list[i], rank)));
      const bool is_first = i == 0;
      common = is_first                 ? ratio
               : policy == "not_larger" ? std::min(common, ratio)
                                        : std::max(common, ratio);
    }
  std::vector<Resized> result;
  for (std::size_t i = 0; i < list.size(); ++i) {
    Resized axis;
    axis.axis = from_front(list[i], rank);
    const Dim size = o.shape(0)[axis.axis];
    const bool has_roi = !roi.empty() && (roi[i] != 0 || roi[i + list.size()] != 1);
    if (!has_roi && (sizes.empty() ? scales[i] == 1 : sizes[i] == size)) continue;
    axis.from = fixed_size(size);
    const auto from = static_cast<double>(axis.from);
    if (has_roi) {
      axis.begin = roi[i];
      axis.end = roi[i + list.size()];
    }
    if (sizes.empty()) {
      axis.scale = scales[i];
      axis.to = static_cast<std::int64_t>(std::floor(from * (axis.end - axis.begin) * axis.scale));
    } else if (policy != "stretch") {
      axis.scale = common;
      axis.to = static_cast<std::int64_t>(std::floor(common * from + 0.5));
    } else {
      axis.to = fixed_size(sizes[i]);
      axis.scale = static_cast<double>(axis.to) / from;
    }
    if (axis.to < 1) unsupported("a tensor without elements");
    result.push_back(axis);
  }
  return result;
}

void resize(Op& o, Request request, const Operands& operands) {
  request.mode = o.text("mode", "nearest");
  if (request.mode == "bilinear") request.mode = "linear";
  if (request.mode != "nearest" && request.mode != "linear" && request.mode != "cubic")
    unsupported("mode " + request.mode);
  const std::vector<Resized> axes = axes_of(o, request, operands);
  if (axes.empty()) return give_like(o, 0, o.placed(0));
  if (!resize_image(o, request, axes)) resize_by_matrices(o, request, axes);
}

void resize_node(Op& o) {
  Request request;
  // Before version 11, elements were repeated from the corner on.
  if (o.opset() < 11) {
    request.coordinates = "asymmetric";
    request.nearest = "floor";
    return resize(o, request, {-1, 1, -1});
  }
  request.coordinates = o.text("coordinate_transformation_mode", "half_pixel");
  request.nearest = o.text("nearest_mode", "round_prefer_floor");
  request.cubic_coefficient = o.number("cubic_coeff_a", -0.75);
  request.exclude_outside = o.integer("exclude_outside") != 0;
  request.antialias = o.integer("antialias") != 0;
  request.outside = o.number("extrapolation_value", 0);
  resize(o, request, {1, 2, 3});
}
void upsample_node(Op& o) {
  Request request;
  request.coordinates = "asymmetric";
  request.nearest = "floor";
  resize(o, request, {-1, o.opset() < 9 ? -1 : 1, -1});
}

}  // namespace resize_rule

Rules resize_rules() {
  using namespace resize_rule;
  return {{"Upsample", upsample_node}, {"Resize", resize_node}};
}

}  // namespace foregraph::onnx
