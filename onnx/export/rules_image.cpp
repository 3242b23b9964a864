#include <algorithm>
#include <foregraph/detail/onnx/export/products.hpp>
#include <foregraph/detail/onnx/export/rules.hpp>

namespace foregraph::onnx {
namespace image_export {

const Order& image_order() {
  static const Order order = Order::channels_last(4);
  return order;
}
std::vector<std::int64_t> list_of(const Exporter& e, std::initializer_list<std::size_t> places) {
  std::vector<std::int64_t> result;
  for (const std::size_t i : places) result.push_back(e.attribute(i));
  return result;
}

void conv2d(Exporter& e) {
  e.give(write_conv2d(e, e.id(), {}), image_order());
}

/// The gradient of a convolution by its image, which is ONNX's ConvTranspose.
void conv2d_transpose(Exporter& e) {
  const auto& a = e.node().attributes.integers;
  Order weight;
  weight.rank = 4;
  weight.axes = {2, 3, 1, 0};
  // Rows and columns behind the last window.
  const auto extra = [&](int axis, std::size_t side) {
    const std::int64_t reach = (a[9 + side] - 1) * a[2 + side] + 1;
    const std::int64_t padding = a[4 + 2 * side] + a[5 + 2 * side];
    return e.node().shape[axis].constant -
           ((e.shape(0)[axis].constant - 1) * a[side] + reach - padding);
  };
  const std::vector<std::int64_t> added{extra(1, 0), extra(2, 1)};
  if (added[0] >= std::max(a[0], a[2]) || added[1] >= std::max(a[1], a[3]))
    refuse("more rows or columns are added than ONNX allows");
  e.give(e.emit("ConvTranspose", {e.in(0, image_order()), e.in(1, weight)},
                {{"kernel_shape", list_of(e, {9, 10})},
                 {"strides", list_of(e, {0, 1})},
                 {"dilations", list_of(e, {2, 3})},
                 {"pads", list_of(e, {4, 6, 5, 7})},
                 {"output_padding", added},
                 {"group", std::max<std::int64_t>(1, a[8])}}),
         image_order());
}

void max_pool2d(Exporter& e) {
  e.give(e.emit("MaxPool", {e.in(0, image_order())},
                {{"kernel_shape", list_of(e, {9, 10})},
                 {"strides", list_of(e, {0, 1})},
                 {"pads", list_of(e, {4, 6, 5, 7})}}),
         image_order());
}
void average_pool2d(Exporter& e) {
  e.give(e.emit("AveragePool", {e.in(0, image_order())},
                {{"kernel_shape", list_of(e, {9, 10})},
                 {"strides", list_of(e, {0, 1})},
                 {"pads", list_of(e, {4, 6, 5, 7})},
                 {"count_include_pad", e.attribute(11)}}),
         image_order());
}

void upsample_nearest2d(Exporter& e) {
  const std::vector<float> scales{1, 1, static_cast<float>(e.attribute(0)),
                                  static_cast<float>(e.attribute(1))};
  const auto bytes = std::as_bytes(std::span(scales));
  const std::string list = e.tensor(f32, {4}, {bytes.begin(), bytes.end()});
  e.give(e.emit("Resize", {e.in(0, image_order()), "", list},
                {{"mode", std::string("nearest")},
                 {"coordinate_transformation_mode", std::string("asymmetric")},
                 {"nearest_mode", std::string("floor")}}),
         image_order());
}
void upsample_bilinear2d(Exporter& e) {
  const Shape& to = e.node().shape;
  const std::vector<Dim> sizes{to[0], to[3], to[1], to[2]};
  const bool align_corners = e.attribute(2) != 0;
  e.give(e.emit("Resize", {e.in(0, image_order()), "", "", e.sizes(sizes)},
                {{"mode", std::string("linear")},
                 {"coordinate_transformation_mode",
                  std::string(align_corners ? "align_corners" : "half_pixel")}}),
         image_order());
}

}  // namespace image_export

ExportRules image_export_rules() {
  using namespace image_export;
  return {{"conv2d", conv2d},
          {"conv2d_input_gradient", conv2d_transpose},
          {"max_pool2d", max_pool2d},
          {"average_pool2d", average_pool2d},
          {"upsample_nearest2d", upsample_nearest2d},
          {"upsample_bilinear2d", upsample_bilinear2d}};
}

}  // namespace foregraph::onnx
