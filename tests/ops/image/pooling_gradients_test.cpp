#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/ops/image/average_pool2d.hpp>
#include <foregraph/detail/ops/image/max_pool2d.hpp>
#include <foregraph/detail/ops/image/upsample2d.hpp>
#include <limits>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

// Gradients of pooling and upsampling against loops, for channels that fill vectors and do not.
namespace image_gradient_cases {

using Size = std::int64_t;

std::size_t elements(const Shape& shape) {
  return static_cast<std::size_t>(shape.elements().at(3));
}

/// The gradient of sum(f(x) * weights) by x.
std::vector<double> weighted_gradient(const Function& f, const Inputs& inputs) {
  return evaluate(
      [&](Graph& g, const std::vector<Tensor>& in) {
        const Tensor y = f(g, in);
        const Tensor loss = sum(multiply(y, in[1]));
        return gradient(g, loss, {in[0]})[0];
      },
      inputs);
}

/// One axis: positions of windows, and the padding before the first.
struct Axis {
  Size size, window, stride, before, out;

  static Axis of(Size size, Size window, Size stride, Size before, Size after, bool same) {
    if (!same) return {size, window, stride, before, (size + before + after - window) / stride + 1};
    const Size out = (size + stride - 1) / stride;
    const Size total = (out - 1) * stride + window - size;
    return {size, window, stride, total > 0 ? total / 2 : 0, out};
  }
};

enum class Kind { largest, mean, mean_with_padding };

struct Expected {
  std::vector<double> value, slope;
};
Expected pooled(Kind kind, const Axis& h, const Axis& w, Size c, const std::vector<double>& x,
                const std::vector<double>& weights) {
  Expected e{{}, std::vector<double>(x.size())};
  for (Size n = 0; n < 3; ++n)
    for (Size i = 0; i < h.out; ++i)
      for (Size j = 0; j < w.out; ++j)
        for (Size k = 0; k < c; ++k) {
          std::vector<std::size_t> seen;
          for (Size a = i * h.stride - h.before; a < i * h.stride - h.before + h.window; ++a)
            for (Size b = j * w.stride - w.before; b < j * w.stride - w.before + w.window; ++b)
              if (a >= 0 && a < h.size && b >= 0 && b < w.size)
                seen.push_back(static_cast<std::size_t>(((n * h.size + a) * w.size + b) * c + k));
          const double ct = weights[e.value.size()];
          if (kind == Kind::largest) {
            std::size_t best = seen[0];
            for (const std::size_t at : seen) best = x[at] > x[best] ? at : best;
            e.value.push_back(x[best]);
            e.slope[best] += ct;
            continue;
          }
          const double count = kind == Kind::mean ? static_cast<double>(seen.size())
                                                  : static_cast<double>(h.window * w.window);
          double total = 0;
          for (const std::size_t at : seen) {
            total += x[at];
            e.slope[at] += ct / count;
          }
          e.value.push_back(total / count);
        }
  return e;
}

void compare(const std::vector<double>& expected, const std::vector<double>& result, DType dtype) {
  BOOST_REQUIRE_EQUAL(expected.size(), result.size());
  for (std::size_t i = 0; i < result.size(); ++i)
    check_close(expected[i], result[i], dtype == f32 ? 2e-6 : 1e-13, "image");
}

}  // namespace image_gradient_cases

BOOST_AUTO_TEST_SUITE(image_gradients)

BOOST_AUTO_TEST_CASE(pooling_by_loops) {
  using namespace image_gradient_cases;
  const std::vector<Pool2dOptions> options{square_pool(3, 2),
                                           square_pool(3, 1, 1),
                                           {3, 2, 2, 2, {.top = 2, .right = 1}},
                                           {3, 3, 2, 2, same_padding},
                                           {2, 3, 3, 1, same_padding},
                                           {1, 3, 1, 3},   // each pixel in one window
                                           {2, 2, 3, 4}};  // some in none
  for (const DType dtype : {f32, f64})
    for (const Size c : {1, 5, 19})
      for (const Pool2dOptions& o : options)
        for (const Kind kind : {Kind::largest, Kind::mean, Kind::mean_with_padding}) {
          const Padding& p = o.padding;
          const Axis h = Axis::of(5, o.window_h, o.stride_h, p.top, p.bottom, p.same);
          const Axis w = Axis::of(6, o.window_w, o.stride_w, p.left, p.right, p.same);
          const Shape image{batch, h.size, w.size, c};
          const Shape result{batch, h.out, w.out, c};
          const Input x{image, random_values(elements(image), 1), dtype};
          const Input weights{result, random_values(elements(result), 2), dtype};
          const auto f = [&](Graph&, const auto& in) {
            return kind == Kind::largest
                       ? max_pool2d(in[0], o)
                       : average_pool2d(in[0], {o, kind == Kind::mean_with_padding});
          };
          const Expected e = pooled(kind, h, w, c, x.values, weights.values);
          compare(e.value, evaluate(f, {x}), dtype);
          compare(e.slope, weighted_gradient(f, {x, weights}), dtype);
        }
}

BOOST_AUTO_TEST_CASE(bilinear_by_loops) {
  using namespace image_gradient_cases;
  // How much of pixel k there is in position i of `size`.
  const auto share = [](Size i, Size k, Size from, Size size, bool align) {
    double at =
        (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(size) -
        0.5;
    if (align)
      at = size > 1 ? static_cast<double>(i * (from - 1)) / static_cast<double>(size - 1) : 0;
    at = std::fmin(std::fmax(at, 0), static_cast<double>(from - 1));
    return std::fmax(0, 1 - std::fabs(at - static_cast<double>(k)));
  };
  for (const DType dtype : {f32, f64})
    for (const bool align : {false, true})
      for (const Size c : {1, 5, 19})
        for (const Shape& size : {Shape{7, 9}, Shape{2, 3}, Shape{1, 1}, Shape{4, 5}}) {
          const Size oh = size[0].constant;
          const Size ow = size[1].constant;
          const Input x{
              {batch, 4, 5, c}, random_values(static_cast<std::size_t>(60 * c), 3), dtype};
          const Shape result{batch, oh, ow, c};
          const Input weights{result, random_values(elements(result), 4), dtype};
          Expected e{std::vector<double>(weights.values.size()),
                     std::vector<double>(x.values.size())};
          for (Size n = 0; n < 3; ++n)
            for (Size i = 0; i < oh * ow; ++i)
              for (Size a = 0; a < 20; ++a)
                for (Size k = 0; k < c; ++k) {
                  const double part =
                      share(i / ow, a / 5, 4, oh, align) * share(i % ow, a % 5, 5, ow, align);
                  const auto from = static_cast<std::size_t>((n * 20 + a) * c + k);
                  const auto to = static_cast<std::size_t>((n * oh * ow + i) * c + k);
                  e.value[to] += part * x.values[from];
                  e.slope[from] += part * weights.values[to];
                }
          const auto f = [&](Graph&, const auto& in) {
            return upsample_bilinear2d(in[0], oh, ow, align);
          };
          compare(e.value, evaluate(f, {x}), dtype);
          compare(e.slope, weighted_gradient(f, {x, weights}), dtype);
        }
}

BOOST_AUTO_TEST_CASE(not_a_number_is_the_largest) {
  using namespace image_gradient_cases;
  for (const DType dtype : {f32, f64})
    for (const Size c : {1, 9})
      for (Size first = 0; first < 4; ++first) {
        const auto channels = static_cast<std::size_t>(c);
        Input x{{1, 2, 2, c}, {}, dtype};
        for (Size i = 0; i < 4 * c; ++i)
          x.values.push_back(i / c == first || i / c == 3 ? std::numeric_limits<double>::quiet_NaN()
                                                          : static_cast<double>(i));
        const auto f = [](Graph&, const auto& in) { return max_pool2d(in[0]); };
        for (const double y : evaluate(f, {x})) BOOST_TEST(std::isnan(y));
        const std::vector<double> slope =
            weighted_gradient(f, {x, {{1, 1, 1, c}, std::vector<double>(channels, 1.0), dtype}});
        for (std::size_t i = 0; i < slope.size(); ++i)
          BOOST_TEST(slope[i] == (i / channels == static_cast<std::size_t>(first) ? 1.0 : 0.0));
      }
}

BOOST_AUTO_TEST_CASE(derivatives_of_whole_images_and_of_uneven_padding) {
  const Inputs at{random_input({batch, 3, 4, 3}, 5)};
  const Pool2dOptions uneven{3, 2, 2, 2, {.top = 2, .right = 1}};
  check_gradient([](Graph&, const auto& x) { return global_max_pool(x[0]); }, at);
  check_gradient([](Graph&, const auto& x) { return global_average_pool(x[0]); }, at);
  check_gradient([&](Graph&, const auto& x) { return average_pool2d(x[0], {uneven, true}); }, at);
  check_gradient(
      [&](Graph&, const auto& x) {
        const Tensor y = max_pool2d(x[0], uneven);
        return multiply(y, y);
      },
      at);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  check_contains(
      graph_error([](Graph& g) {
        (void)upsample_nearest2d(g.input("x", {batch, 2, 2, 1}), std::int64_t{1} << 62, 2);
      }),
      "[upsample_nearest2d] the number of elements does not fit in 64 bits");
  check_contains(graph_error([](Graph& g) {
                   (void)upsample_bilinear2d(g.input("x", {batch, 2, 2, 1}), 0, 2);
                 }),
                 "[upsample_bilinear2d] a scale or a size is below 1");
  for (const auto& f : {global_max_pool, global_average_pool})
    check_contains(graph_error([&](Graph& g) {
                     (void)f(g.input("x", {batch, 2, 2}), Location::current());
                   }),
                   "an operand is not an image: f32[batch,2,2]");
}

BOOST_AUTO_TEST_SUITE_END()
