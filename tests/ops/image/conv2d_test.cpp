#include <boost/test/unit_test.hpp>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/basic/reshape.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/image/conv2d.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>
#include <random>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace conv2d_cases {

struct Case {
  std::int64_t batch, h, w, c, filters, kh, kw;
  Conv2dOptions options{};
};

std::int64_t out_size(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                      std::int64_t dilation, std::int64_t padding) {
  return (size + padding - (kernel - 1) * dilation - 1) / stride + 1;
}

/// By the definition, in double.
std::vector<double> reference(const Case& k, const std::vector<double>& x,
                              const std::vector<double>& weight) {
  const Conv2dOptions& o = k.options;
  const Padding& p = o.padding;
  const std::int64_t oh = out_size(k.h, k.kh, o.stride_h, o.dilation_h, p.top + p.bottom);
  const std::int64_t ow = out_size(k.w, k.kw, o.stride_w, o.dilation_w, p.left + p.right);
  const std::int64_t cg = k.c / o.groups;
  const std::int64_t fg = k.filters / o.groups;
  std::vector<double> y;
  for (std::int64_t n = 0; n < k.batch; ++n)
    for (std::int64_t i = 0; i < oh; ++i)
      for (std::int64_t j = 0; j < ow; ++j)
        for (std::int64_t f = 0; f < k.filters; ++f) {
          double total = 0;
          for (std::int64_t a = 0; a < k.kh; ++a)
            for (std::int64_t b = 0; b < k.kw; ++b)
              for (std::int64_t c = 0; c < cg; ++c) {
                const std::int64_t row = i * o.stride_h + a * o.dilation_h - p.top;
                const std::int64_t column = j * o.stride_w + b * o.dilation_w - p.left;
                if (row < 0 || row >= k.h || column < 0 || column >= k.w) continue;
                const std::int64_t channel = f / fg * cg + c;
                total +=
                    x[static_cast<std::size_t>(((n * k.h + row) * k.w + column) * k.c + channel)] *
                    weight[static_cast<std::size_t>(((a * k.kw + b) * cg + c) * k.filters + f)];
              }
          y.push_back(total);
        }
  return y;
}

Inputs inputs_of(const Case& k, DType dtype) {
  const Shape image{batch, k.h, k.w, k.c};
  const Shape weight{k.kh, k.kw, k.c / k.options.groups, k.filters};
  return {
      {image, random_values(static_cast<std::size_t>(k.batch * k.h * k.w * k.c), 1, -1, 1), dtype},
      {weight, random_values(static_cast<std::size_t>(weight.elements().constant), 2, -1, 1),
       dtype}};
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {1, 5, 5, 1, 1, 3, 3},
      {3, 7, 6, 3, 5, 3, 2},
      {2, 8, 9, 4, 6, 3, 3, {.stride_h = 2, .stride_w = 3}},
      {2, 6, 5, 3, 4, 3, 3, {.padding = equal_padding(1)}},
      {2, 5, 7, 2, 3, 3, 4, {.padding = {.top = 2, .bottom = 1, .left = 0, .right = 3}}},
      {2, 9, 8, 3, 4, 3, 3, {.dilation_h = 2, .dilation_w = 3}},
      {2,
       9,
       9,
       3,
       4,
       3,
       3,
       {.stride_h = 2,
        .stride_w = 2,
        .padding = equal_padding(2),
        .dilation_h = 2,
        .dilation_w = 2}},
      {2, 4, 5, 6, 7, 1, 1},
      {2, 5, 5, 6, 7, 1, 1, {.stride_h = 2, .stride_w = 2}},
      {2, 6, 6, 6, 9, 3, 3, {.padding = equal_padding(1), .groups = 3}},
      {2, 6, 7, 19, 19, 3, 3, {.padding = equal_padding(1), .groups = 19}},
      {2, 7, 6, 5, 5, 3, 3, {.stride_h = 2, .stride_w = 2, .dilation_h = 2, .groups = 5}},
      {2, 6, 6, 3, 6, 3, 3, {.groups = 3}},                      // depthwise with multiplier 2
      {1, 20, 20, 64, 40, 5, 5, {.padding = equal_padding(2)}},  // several blocks
  };
  return all;
}

auto convolution(const Conv2dOptions& options) {
  return [options](Graph&, const std::vector<Tensor>& x) { return conv2d(x[0], x[1], options); };
}

}  // namespace conv2d_cases

BOOST_AUTO_TEST_SUITE(conv2d_ops)

BOOST_AUTO_TEST_CASE(values) {
  using namespace conv2d_cases;
  for (const DType dtype : {f32, f64})
    for (const Case& k : cases()) {
      const Inputs inputs = inputs_of(k, dtype);
      const std::vector<double> expected = reference(k, inputs[0].values, inputs[1].values);
      const std::vector<double> result = evaluate(convolution(k.options), inputs, k.batch);
      BOOST_REQUIRE_EQUAL(expected.size(), result.size());
      for (std::size_t i = 0; i < result.size(); ++i)
        check_close(expected[i], result[i], dtype == f32 ? 2e-5 : 1e-13, "conv2d");
    }
}

BOOST_AUTO_TEST_CASE(random_geometries) {
  using namespace conv2d_cases;
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  const auto from_to = [&](std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random);
  };
  for (int round = 0; round < 60; ++round) {
    Case k{from_to(1, 3),  from_to(4, 20), from_to(4, 20), from_to(1, 20),
           from_to(1, 40), from_to(1, 4),  from_to(1, 4)};
    k.options = {.stride_h = from_to(1, 3),
                 .stride_w = from_to(1, 3),
                 .padding = {from_to(0, 3), from_to(0, 3), from_to(0, 3), from_to(0, 3)}};
    const Inputs inputs = inputs_of(k, f32);
    const std::vector<double> expected = reference(k, inputs[0].values, inputs[1].values);
    const std::vector<double> result = evaluate(convolution(k.options), inputs, k.batch);
    BOOST_TEST_CONTEXT("seed " << seed << ", round " << round) {
      BOOST_REQUIRE_EQUAL(expected.size(), result.size());
      for (std::size_t i = 0; i < result.size(); ++i)
        check_close(expected[i], result[i], 2e-5, "conv2d");
      // Its derivative is checked by the definition of a transpose: <conv(x, w), g> is <x, dx>,
      // and <w, dw> as well, as the convolution is linear in both.
      const auto gradients = evaluate(
          [&](Graph& g, const std::vector<Tensor>& x) {
            const Tensor y = conv2d(x[0], x[1], k.options);
            const std::vector<Tensor> wrt{x[0], x[1]};
            const auto d = gradient(g, sum(y * y * 0.5), wrt);
            return concat({reshape(sum(d[0] * x[0]), {1}), reshape(sum(d[1] * x[1]), {1}),
                           reshape(sum(y * y), {1})},
                          0);
          },
          inputs, k.batch);
      check_close(gradients[2], gradients[0], 1e-4, "by the image");
      check_close(gradients[2], gradients[1], 1e-4, "by the weights");
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients) {
  using namespace conv2d_cases;
  const std::vector<Case> small{
      {2, 4, 3, 2, 3, 2, 2},
      {2, 5, 4, 2, 2, 3, 2, {.stride_h = 2, .padding = equal_padding(1)}},
      {2, 5, 5, 1, 2, 2, 2, {.dilation_h = 2, .dilation_w = 2}},
      {2, 3, 3, 2, 2, 1, 1},
      {1, 4, 4, 4, 2, 2, 2, {.padding = equal_padding(1), .groups = 2}},
      {1, 4, 4, 3, 3, 3, 3, {.stride_w = 2, .padding = equal_padding(1), .groups = 3}},
      {1, 5, 4, 2, 3, 3, 3, {.stride_h = 2, .stride_w = 3, .padding = equal_padding(2)}},
      {2, 4, 5, 2, 18, 3, 3, {.padding = equal_padding(1)}},
      {1, 6, 6, 1, 2, 2, 2, {.stride_h = 3, .stride_w = 3}}};  // pixels in no window
  for (const Case& k : small)
    check_gradient(convolution(k.options), inputs_of(k, f64), true, k.batch);
}

BOOST_AUTO_TEST_CASE(the_same_tensor_twice) {
  check_gradient([](Graph&, const auto& x) { return conv2d(x[0], x[0]); },
                 {random_input({2, 2, 2, 2}, 1)});
}

BOOST_AUTO_TEST_CASE(same_padding_is_tensorflows) {
  // Size 5, kernel 4, stride 2: three positions need 3 zeros, of which one comes before.
  Graph g;
  const Tensor x = g.input("x", {batch, 5, 6, 1});
  const Tensor w = g.parameter("w", {4, 3, 1, 1});
  const Tensor y = conv2d(x, w, {.stride_h = 2, .stride_w = 2, .padding = same_padding});
  BOOST_TEST((y.shape() == Shape{batch, 3, 3, 1}));
  const auto& a = g.node(y.id).attributes.integers;
  const std::vector<std::int64_t> padding{a[4], a[5], a[6], a[7]};
  const std::vector<std::int64_t> expected{1, 2, 0, 1};
  BOOST_TEST(padding == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(scratch_memory_does_not_grow_with_the_batch) {
  Graph g;
  const Tensor x = g.input("x", {batch, 32, 32, 16});
  const Tensor w = g.parameter("w", {3, 3, 16, 16});
  const Tensor y = conv2d(x, w, square_conv(1, 1));
  const std::array<Operand, 2> in{{{x.shape(), f32}, {w.shape(), f32}}};
  const Node& node = g.node(y.id);
  const Dim bytes = conv2d_op.workspace_bytes(in, {node.shape, f32}, node.attributes);
  BOOST_TEST(bytes.per_sample == 0);
  BOOST_TEST(bytes.constant > 0);
  BOOST_TEST(bytes.constant <= 256 * 1024);
  BOOST_TEST((conv2d_op.flops(in, {node.shape, f32}, node.attributes) ==
              Dim{0, 2 * 32 * 32 * 16 * 9 * 16}));
}

BOOST_AUTO_TEST_SUITE_END()
