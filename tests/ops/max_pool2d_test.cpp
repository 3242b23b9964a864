#include <boost/test/unit_test.hpp>
#include <foregraph/autodiff/gradient.hpp>
#include <foregraph/ops/average_pool2d.hpp>
#include <foregraph/ops/max_pool2d.hpp>
#include <foregraph/ops/sum.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

// Max and average pooling, which share how their windows lie.
namespace pooling_cases {

struct Case {
  std::int64_t h, w, c;
  Pool2dOptions options{};
};
const std::vector<Case>& cases() {
  static const std::vector<Case> all{{4, 6, 3, {}},
                                     {5, 7, 17, square_pool(3, 2)},
                                     {5, 5, 1, square_pool(3, 1, 1)},
                                     {7, 6, 4, {.window_h = 2, .window_w = 3, .stride_h = 3}},
                                     {6, 5, 2, {3, 2, 2, 2, {.top = 2, .right = 1}}},
                                     {4, 3, 5, {.window_h = 4, .window_w = 3}}};
  return all;
}

/// For each element of the result, `reduce` of the elements of its window that are in the image.
template <class Reduce>
std::vector<double> reference(const Case& k, const std::vector<double>& x, Reduce&& reduce) {
  const Pool2dOptions& o = k.options;
  const std::int64_t sh = o.stride_h == 0 ? o.window_h : o.stride_h;
  const std::int64_t sw = o.stride_w == 0 ? o.window_w : o.stride_w;
  const Padding& p = o.padding;
  std::vector<double> y;
  for (std::int64_t n = 0; n < 3; ++n)
    for (std::int64_t i = -p.top; i + o.window_h <= k.h + p.bottom; i += sh)
      for (std::int64_t j = -p.left; j + o.window_w <= k.w + p.right; j += sw)
        for (std::int64_t c = 0; c < k.c; ++c) {
          std::vector<double> window;
          for (std::int64_t a = i; a < i + o.window_h; ++a)
            for (std::int64_t b = j; b < j + o.window_w; ++b)
              if (a >= 0 && a < k.h && b >= 0 && b < k.w)
                window.push_back(x[static_cast<std::size_t>(((n * k.h + a) * k.w + b) * k.c + c)]);
          y.push_back(reduce(window, o.window_h * o.window_w));
        }
  return y;
}
double largest(const std::vector<double>& window, std::int64_t) {
  double best = window[0];
  for (const double v : window) best = v > best ? v : best;
  return best;
}
double total(const std::vector<double>& window) {
  double result = 0;
  for (const double v : window) result += v;
  return result;
}

void compare(const Case& k, const Function& f, DType dtype,
             const std::function<double(const std::vector<double>&, std::int64_t)>& reduce) {
  Input x = random_input({batch, k.h, k.w, k.c}, 1);
  x.dtype = dtype;
  const std::vector<double> expected = reference(k, x.values, reduce);
  const std::vector<double> result = evaluate(f, {x});
  BOOST_REQUIRE_EQUAL(expected.size(), result.size());
  for (std::size_t i = 0; i < result.size(); ++i)
    check_close(expected[i], result[i], dtype == f32 ? 1e-6 : 1e-14, "pooling");
}

}  // namespace pooling_cases

BOOST_AUTO_TEST_SUITE(pooling_ops)

BOOST_AUTO_TEST_CASE(largest_of_each_window) {
  using namespace pooling_cases;
  for (const DType dtype : {f32, f64})
    for (const Case& k : cases())
      compare(
          k, [&](Graph&, const auto& x) { return max_pool2d(x[0], k.options); }, dtype, largest);
}

BOOST_AUTO_TEST_CASE(mean_of_each_window) {
  using namespace pooling_cases;
  for (const DType dtype : {f32, f64})
    for (const Case& k : cases()) {
      compare(
          k, [&](Graph&, const auto& x) { return average_pool2d(x[0], {k.options}); }, dtype,
          [](const auto& window, std::int64_t) {
            return total(window) / static_cast<double>(window.size());
          });
      compare(
          k,
          [&](Graph&, const auto& x) {
            return average_pool2d(x[0], {k.options, true});
          },
          dtype,
          [](const auto& window, std::int64_t count) {
            return total(window) / static_cast<double>(count);
          });
    }
}

BOOST_AUTO_TEST_CASE(gradients) {
  for (const Pool2dOptions& o : {Pool2dOptions{}, square_pool(3, 1, 1), square_pool(2, 1)}) {
    check_gradient([&](Graph&, const auto& x) { return max_pool2d(x[0], o); },
                   {random_input({2, 4, 4, 2}, 3)});
    check_gradient([&](Graph&, const auto& x) { return average_pool2d(x[0], {o}); },
                   {random_input({batch, 4, 4, 1}, 4)});
  }
}

BOOST_AUTO_TEST_CASE(the_first_of_equals_gets_the_gradient) {
  const std::vector<double> slope = evaluate(
      [](Graph& g, const auto& x) {
        const Tensor y = sum(max_pool2d(x[0]));
        return gradient(g, y, {x[0]})[0];
      },
      {{{1, 2, 2, 1}, {-1, 3, 3, 3}, f64}});
  const std::vector<double> expected{0, 1, 0, 0};
  BOOST_TEST(slope == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(whole_images) {
  const Inputs at{{{1, 2, 2, 2}, {1, -8, 2, -7, 3, -6, 4, -5}, f64}};
  const std::vector<double> most{4, -5};
  const std::vector<double> mean_of{2.5, -6.5};
  BOOST_TEST(evaluate([](Graph&, const auto& x) { return global_max_pool(x[0]); }, at) == most,
             boost::test_tools::per_element());
  BOOST_TEST(
      evaluate([](Graph&, const auto& x) { return global_average_pool(x[0]); }, at) == mean_of,
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(padding_as_tensorflow) {
  Graph g;
  const Tensor x = g.input("x", {batch, 5, 6, 1});
  BOOST_TEST((max_pool2d(x, {3, 3, 2, 2, same_padding}).shape() == Shape{batch, 3, 3, 1}));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  const auto refused = [](const std::string& part, Shape shape, Pool2dOptions options,
                          DType dtype = f32) {
    check_contains(
        graph_error([&](Graph& g) { (void)max_pool2d(g.input("x", shape, dtype), options); }),
        "[max_pool2d] " + part);
    check_contains(
        graph_error([&](Graph& g) { (void)average_pool2d(g.input("x", shape, dtype), {options}); }),
        "[average_pool2d] " + part);
  };
  refused("the kernel is larger than the padded image: f32[batch,4,4,2]", {batch, 4, 4, 2},
          square_pool(5));
  refused("an operand is not an image: f32[batch,4,4]", {batch, 4, 4}, {});
  refused("an operand is not an image: f32[4,batch,4,1]", {4, batch, 4, 1}, {});
  refused("a stride, a dilation or the size of a window is below 1", {batch, 4, 4, 1},
          square_pool(2, -1));
  refused("padding is negative", {batch, 4, 4, 1}, square_pool(2, 2, -1));
  refused("padding is as large as the window", {batch, 4, 4, 1}, square_pool(2, 2, 2));
  refused("the op is not defined for this dtype: i32", {batch, 4, 4, 1}, {}, i32);
}

BOOST_AUTO_TEST_SUITE_END()
