#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/shape/iota.hpp>
#include <foregraph/detail/ops/shape/tile.hpp>
#include <foregraph/detail/ops/shape/triangle.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace iota_tile_triangle_cases {

constexpr bool in_the_compiler() {
  Graph g;
  const Tensor x = g.input("x", {batch, 4});
  return iota(g, batch).shape() == Shape{batch} && iota(g, 3, f64).dtype() == f64 &&
         tile(x, 3, 0).shape() == Shape{Dim{0, 3}, 4} &&
         repeat(x, 2, -1).shape() == Shape{batch, 8} && tril(x).shape() == x.shape() &&
         triu(x, 1).shape() == x.shape();
}
static_assert(in_the_compiler());

}  // namespace iota_tile_triangle_cases

BOOST_AUTO_TEST_SUITE(iota_tile_triangle_ops)

BOOST_AUTO_TEST_CASE(iota_counts) {
  for (const DType dtype : {f32, f64, i32, i64}) {
    const std::vector<double> result = evaluate(
        [&](Graph& g, const auto&) {
          return iota(g, {2, 5}, dtype);
        },
        {});
    BOOST_TEST(result.size() == 17U);
    for (std::size_t i = 0; i < result.size(); ++i) BOOST_TEST(result[i] == static_cast<double>(i));
  }
  check_gradient([](Graph& g, const auto& x) { return x[0] * iota(g, batch, f64) * x[0]; },
                 {random_input({batch}, 1)});
}

BOOST_AUTO_TEST_CASE(tile_and_repeat) {
  const Input x{{2, 3}, {1, 2, 3, 4, 5, 6}, i32};
  const auto check = [&](const Function& f, const std::vector<double>& expected) {
    BOOST_TEST(evaluate(f, {x}) == expected, boost::test_tools::per_element());
  };
  check([](Graph&, const auto& in) { return tile(in[0], 2, 0); },
        {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6});
  check([](Graph&, const auto& in) { return tile(in[0], 2, -1); },
        {1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6});
  check([](Graph&, const auto& in) { return repeat(in[0], 2, 0); },
        {1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6});
  check([](Graph&, const auto& in) { return repeat(in[0], 2, 1); },
        {1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6});
  check([](Graph&, const auto& in) { return tile(in[0], 1, 0); }, x.values);
  check_gradient(
      [](Graph&, const auto& in) {
        const Tensor a = tile(in[0], 3, 0);
        const Tensor b = repeat(in[0], 3, 0);
        return a * b;
      },
      {random_input({batch, 2}, 2)});
}

BOOST_AUTO_TEST_CASE(triangles) {
  for (const DType dtype : {f32, f64, i32, i64, boolean})
    for (const bool upper : {false, true})
      for (const std::int64_t diagonal : {-100, -2, -1, 0, 1, 3, 100}) {
        Input x{{2, 3, 5}, {}, dtype};
        for (int i = 0; i < 30; ++i) x.values.push_back(dtype == boolean ? 1 : i + 1);
        const std::vector<double> result = evaluate(
            [&](Graph&, const auto& in) {
              return upper ? triu(in[0], diagonal) : tril(in[0], diagonal);
            },
            {x});
        for (std::size_t i = 0; i < 30; ++i) {
          const auto row = static_cast<std::int64_t>(i / 5 % 3);
          const auto column = static_cast<std::int64_t>(i % 5);
          const bool kept = upper ? column >= row + diagonal : column <= row + diagonal;
          BOOST_TEST(result[i] == (kept ? x.values[i] : 0.0));
        }
      }
  for (const bool upper : {false, true})
    check_gradient(
        [&](Graph&, const auto& in) {
          // written over the square, which nothing else needs
          const Tensor y = in[0] * in[0];
          return upper ? triu(y, 1) : tril(y);
        },
        {random_input({batch, 3}, 1)});
}

BOOST_AUTO_TEST_CASE(wrong_uses_are_refused) {
  const auto refused = [](const Function& f, const std::string& what) {
    check_contains(graph_error([&](Graph& g) { (void)f(g, {g.input("x", {batch})}); }), what);
  };
  refused([](Graph& g, const auto&) { return iota(g, 3, boolean); },
          "[iota] the op is not defined for this dtype");
  refused([](Graph& g, const auto&) { return iota(g, 0); }, "[iota] a dimension is below 1");
  refused([](Graph&, const auto& x) { return tile(x[0], 2, 1); },
          "[broadcast] an axis is out of range: f32[batch]");
  refused([](Graph&, const auto& x) { return repeat(x[0], 0, 0); },
          "[broadcast] the number of copies is below 1: f32[batch]");
  refused(
      [](Graph&, const auto& x) {
        return tile(tile(x[0], std::int64_t{1} << 40, 0), std::int64_t{1} << 40, 0);
      },
      "64 bits");
  refused([](Graph&, const auto& x) { return tril(x[0]); },
          "[triangle] an operand has the wrong rank: f32[batch]");
  refused([](Graph&, const auto& x) { return triu(x[0]); },
          "[triangle] an operand has the wrong rank: f32[batch]");
}

BOOST_AUTO_TEST_SUITE_END()
