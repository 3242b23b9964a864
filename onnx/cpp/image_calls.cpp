#include <foregraph/detail/all_ops.hpp>
#include <foregraph/detail/onnx/cpp/call.hpp>

namespace foregraph::onnx::cpp {

namespace image_calls {

Padding padding_of(const Source& source, NodeId id) {
  const auto at = [&](int i) { return source.integer(id, i); };
  return {at(4), at(5), at(6), at(7), false};
}
std::string text_of(const Padding& p) {
  if (p.top == p.bottom && p.left == p.right && p.top == p.left)
    return "fg::equal_padding(" + std::to_string(p.top) + ')';
  return Fields()
      .integer("top", p.top, 0)
      .integer("bottom", p.bottom, 0)
      .integer("left", p.left, 0)
      .integer("right", p.right, 0)
      .braces();
}
bool is_some(const Padding& p) {
  return p.top != 0 || p.bottom != 0 || p.left != 0 || p.right != 0;
}

Conv2dOptions conv_options(const Source& source, NodeId id) {
  const auto at = [&](int i) { return source.integer(id, i); };
  return {at(0), at(1), padding_of(source, id), at(2), at(3), at(8)};
}
Fields text_of(const Conv2dOptions& o) {
  Fields fields;
  fields.integer("stride_h", o.stride_h, 1).integer("stride_w", o.stride_w, 1);
  if (is_some(o.padding)) fields.text("padding", text_of(o.padding));
  return fields.integer("dilation_h", o.dilation_h, 1)
      .integer("dilation_w", o.dilation_w, 1)
      .integer("groups", o.groups, 1);
}

Pool2dOptions pool_options(const Source& source, NodeId id) {
  const auto at = [&](int i) { return source.integer(id, i); };
  return {at(9), at(10), at(0), at(1), padding_of(source, id)};
}
Fields text_of(const Pool2dOptions& o) {
  Fields fields;
  fields.text("window_h", std::to_string(o.window_h)).text("window_w", std::to_string(o.window_w));
  if (o.stride_h != o.window_h || o.stride_w != o.window_w)
    fields.text("stride_h", std::to_string(o.stride_h))
        .text("stride_w", std::to_string(o.stride_w));
  if (is_some(o.padding)) fields.text("padding", text_of(o.padding));
  return fields;
}

void add_convolution(const Source& source, NodeId id, Calls& calls) {
  const NodeId x = source.operand(id, 0);
  const NodeId weight = source.operand(id, 1);
  const Conv2dOptions options = conv_options(source, id);
  const Fields fields = text_of(options);
  const Tensor image = source.tensor(x);
  const Tensor kernel = source.tensor(weight);
  if (source.op(id) == &conv2d_op) {
    calls.push_back(Arguments(source)
                        .node(x)
                        .node(weight)
                        .text_if(!fields.empty(), fields.braces())
                        .call("conv2d", [=] { return conv2d(image, kernel, options); }));
    return;
  }
  // The size that the op has beyond the smallest that has such an image.
  const auto extra = [&](int axis, std::int64_t stride, std::int64_t dilation,
                         std::int64_t padding) {
    const std::int64_t in = source.node(x).shape[axis].constant;
    const std::int64_t taps = source.node(weight).shape[axis - 1].constant;
    return source.node(id).shape[axis].constant -
           ((in - 1) * stride - padding + (taps - 1) * dilation + 1);
  };
  const Padding& p = options.padding;
  const std::int64_t extra_h = extra(1, options.stride_h, options.dilation_h, p.top + p.bottom);
  const std::int64_t extra_w = extra(2, options.stride_w, options.dilation_w, p.left + p.right);
  Fields all;
  if (!fields.empty()) all.text("conv", fields.braces());
  all.integer("extra_h", extra_h, 0).integer("extra_w", extra_w, 0);
  calls.push_back(Arguments(source)
                      .node(x)
                      .node(weight)
                      .text_if(!all.empty(), all.braces())
                      .call("conv2d_transpose", [=] {
                        return conv2d_transpose(image, kernel, {options, extra_h, extra_w});
                      }));
}

}  // namespace image_calls

void add_image_calls(const Source& source, NodeId first, Calls& calls) {
  using namespace image_calls;
  const OpDef* op = source.op(first);
  if (op == &conv2d_op || op == &conv2d_input_gradient_op)
    return add_convolution(source, first, calls);
  const auto at = [&](int i) { return source.integer(first, i); };
  const auto image = [&] { return source.tensor(source.operand(first, 0)); };
  const auto arguments = [&] { return Arguments(source).node(source.operand(first, 0)); };
  if (op == &max_pool2d_op) {
    const Pool2dOptions options = pool_options(source, first);
    calls.push_back(
        arguments().text(text_of(options).braces()).call("max_pool2d", [=, x = image()] {
          return max_pool2d(x, options);
        }));
  } else if (op == &average_pool2d_op) {
    const bool counts = at(11) != 0;
    const Pool2dOptions options = pool_options(source, first);
    Fields fields;
    fields.text("pool", text_of(options).braces());
    if (counts) fields.text("count_padding", "true");
    calls.push_back(arguments().text(fields.braces()).call("average_pool2d", [=, x = image()] {
      return average_pool2d(x, {options, counts});
    }));
  } else if (op == &upsample_nearest2d_op) {
    calls.push_back(arguments().integer(at(0)).integer(at(1)).call(
        "upsample_nearest2d",
        [x = image(), h = at(0), w = at(1)] { return upsample_nearest2d(x, h, w); }));
  } else if (op == &upsample_bilinear2d_op) {
    const bool aligns = at(2) != 0;
    calls.push_back(arguments()
                        .integer(at(0))
                        .integer(at(1))
                        .text_if(aligns, "true")
                        .call("upsample_bilinear2d", [aligns, x = image(), h = at(0), w = at(1)] {
                          return upsample_bilinear2d(x, h, w, aligns);
                        }));
  }
}

}  // namespace foregraph::onnx::cpp
