#pragma once

#include <foregraph/detail/ops/image/pooling.hpp>

#include "support/op_check.hpp"

/// What max and average pooling share: how their windows lie, and what they refuse.
namespace foregraph::test::pool_check {

struct Case {
  std::int64_t h, w, c;
  Pool2dOptions options{};
};
inline const std::vector<Case>& cases() {
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
inline void compare(const Case& k, const Function& f, DType dtype,
                    FunctionRef<double(const std::vector<double>&, std::int64_t)> reduce) {
  Input x = random_input({batch, k.h, k.w, k.c}, 1);
  x.dtype = dtype;
  const std::vector<double> expected = reference(k, x.values, reduce);
  const std::vector<double> result = evaluate(f, {x});
  BOOST_REQUIRE_EQUAL(expected.size(), result.size());
  for (std::size_t i = 0; i < result.size(); ++i)
    check_close(expected[i], result[i], dtype == f32 ? 1e-6 : 1e-14, "pooling");
}

/// Shapes, options and dtypes that the op `name` has to refuse.
template <class Pool>
void check_refused(const std::string& name, const Pool& pool) {
  const auto refused = [&](const std::string& part, Shape shape, Pool2dOptions options,
                           DType dtype = f32) {
    check_contains(graph_error([&](Graph& g) { (void)pool(g.input("x", shape, dtype), options); }),
                   "[" + name + "] " + part);
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

}  // namespace foregraph::test::pool_check
