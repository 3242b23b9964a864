// Axes, sizes and shapes in braces and in the containers of the standard library.
#include <array>
#include <boost/test/unit_test.hpp>
#include <span>
#include <vector>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/plan.hpp>

#include "graph/checks.hpp"

using namespace foregraph;

BOOST_AUTO_TEST_SUITE(containers)

BOOST_AUTO_TEST_CASE(axes_of_reductions) {
  Graph g;
  const Tensor x = g.input("x", {2, 3, 4});
  const std::vector<int> axes{0, -1};
  const std::array<int, 2> fixed{0, -1};
  const std::vector<std::int64_t> wide{0, -1};
  const std::span<const int> view = axes;
  const Shape expected{3};
  BOOST_TEST((sum(x, {0, -1}).shape() == expected));
  BOOST_TEST((sum(x, axes).shape() == expected));
  BOOST_TEST((sum(x, fixed).shape() == expected));
  BOOST_TEST((sum(x, wide).shape() == expected));
  BOOST_TEST((sum(x, view).shape() == expected));
  BOOST_TEST((mean(x, axes).shape() == expected));
  BOOST_TEST((variance(x, axes).shape() == expected));
  BOOST_TEST((standard_deviation(x, axes).shape() == expected));
  BOOST_TEST((reduce_max(x, axes).shape() == expected));
  BOOST_TEST((reduce_min(x, axes).shape() == expected));
  BOOST_TEST((reduce_prod(x, axes).shape() == expected));
  BOOST_TEST((logsumexp(x, axes).shape() == expected));
  BOOST_TEST((sum(x, axes, KeepDims::yes).shape() == Shape{1, 3, 1}));
  BOOST_TEST((sum(x, {}).shape() == Shape{}));
  BOOST_TEST((sum(x, std::vector<int>{}).shape() == x.shape()));  // none of them
  BOOST_TEST((squeeze(sum(x, axes, KeepDims::yes), std::vector<int>{0}).shape() == Shape{3, 1}));
}

BOOST_AUTO_TEST_CASE(axes_that_no_tensor_has) {
  Graph g;
  const Tensor x = g.input("x", {2, 3});
  const auto refused = [](const auto& call) {
    BOOST_CHECK_EXCEPTION(call(), GraphError, says("an axis is out of range"));
  };
  // More than six, of which the last ones were once left out.
  refused([&] { (void)sum(x, {0, 1, 0, 1, 0, 1, 0}); });
  const Tensor deep = g.input("deep", {1, 1, 1, 1, 1, 2});
  refused([&] { (void)sum(deep, {0, 1, 2, 3, 4, 5, 5}); });
  refused([&] { (void)sum(x, std::vector<int>(100, 0)); });
  // What would be axis 0 or 1 if its upper bits were cut off.
  refused([&] { (void)sum(x, std::vector<std::int64_t>{std::int64_t{1} << 32}); });
  refused([&] { (void)sum(x, std::vector<std::uint64_t>{~std::uint64_t{0}}); });
  BOOST_CHECK_EXCEPTION((void)permute(x, std::vector<std::int64_t>{1, std::int64_t{1} << 32}),
                        GraphError, says("not a permutation"));
  BOOST_CHECK_EXCEPTION((void)split(x, std::vector<std::uint64_t>{~std::uint64_t{0} - 1, 4}, 0),
                        GraphError, says("do not add up"));
}

BOOST_AUTO_TEST_CASE(shapes) {
  Graph g;
  const std::vector<int> sizes{2, 6};
  const std::array<std::int64_t, 2> fixed{2, 6};
  const std::vector<std::size_t> unsigned_sizes{2, 6};
  const std::vector<Dim> with_batch{batch, 6};
  const Shape expected{2, 6};
  BOOST_TEST((g.input("a", sizes).shape() == expected));
  BOOST_TEST((g.input("b", fixed).shape() == expected));
  BOOST_TEST((g.input("c", with_batch).shape() == Shape{batch, 6}));
  BOOST_TEST((g.parameter("d", unsigned_sizes).shape() == expected));
  BOOST_TEST((g.state("e", sizes).shape() == expected));
  const Tensor x = g.input("x", {3, 4});
  BOOST_TEST((reshape(x, sizes).shape() == expected));
  BOOST_TEST((reshape(x, {2, 6}).shape() == expected));
  BOOST_TEST((broadcast_to(g.input("y", {6}), fixed).shape() == expected));
  BOOST_CHECK_EXCEPTION((void)g.input("r", std::vector<int>(7, 1)), GraphError,
                        says("rank is above 6"));
}

BOOST_AUTO_TEST_CASE(lists_of_other_things) {
  Graph g;
  const Tensor x = g.input("x", {2, 6});
  const std::vector<Tensor> both{x, x};
  const std::array<Tensor, 2> fixed{x, x};
  BOOST_TEST((concat(both, 0).shape() == Shape{4, 6}));
  BOOST_TEST((concat(fixed, 1).shape() == Shape{2, 12}));
  BOOST_TEST((stack(both).shape() == Shape{2, 2, 6}));
  BOOST_TEST((permute(x, std::vector<int>{1, 0}).shape() == Shape{6, 2}));
  BOOST_TEST((permute(x, std::array<std::int64_t, 2>{1, 0}).shape() == Shape{6, 2}));
  BOOST_TEST(split(x, std::vector<int>{2, 4}, 1).size() == 2U);
  BOOST_TEST(split(x, std::array<std::int64_t, 3>{1, 2, 3}, 1).size() == 3U);
  BOOST_TEST(split(x, {2, 4}, 1).size() == 2U);
  BOOST_TEST(split(x, 3, 1).size() == 3U);
  const std::vector<PadWidth> widths{{0, 1}, {2, 0}};
  BOOST_TEST((pad(x, widths).shape() == Shape{3, 8}));
  BOOST_TEST(
      (pad(x, std::array{PadWidth{0, 1}, PadWidth{2, 0}}, PadMode::edge).shape() == Shape{3, 8}));
  const std::vector<SliceRange> ranges{{0, 1, 2}, {1, 0, 3}};
  BOOST_TEST((slice(x, ranges).shape() == Shape{1, 3}));
  BOOST_TEST((slice(x, {{0, 1, 2}, {1, 0, 3}}).shape() == Shape{1, 3}));
}

BOOST_AUTO_TEST_CASE(derivatives) {
  Graph g;
  const Tensor x = g.parameter("x", {3});
  const Tensor y = square(x);
  const std::vector<Tensor> list{x};
  const std::array<Tensor, 1> fixed{x};
  BOOST_TEST(gradient(g, sum(y), list).size() == 1U);
  BOOST_TEST(gradient(g, sum(y), fixed).size() == 1U);
  BOOST_TEST(gradient(g, sum(y), {x}).size() == 1U);
  BOOST_TEST(vjp(g, y, y, list).size() == 1U);
  BOOST_TEST(vjp(g, y, y, {x}).size() == 1U);
  BOOST_TEST((jvp(g, y, list, fixed).shape() == Shape{3}));
  BOOST_TEST((jvp(g, y, {x}, {x}).shape() == Shape{3}));
  BOOST_TEST(hessian_vector_product(g, sum(y), {x}, {x}).size() == 1U);
  BOOST_TEST(hessian_vector_product(g, sum(y), list, list).size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
