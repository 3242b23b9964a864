#include <boost/test/unit_test.hpp>
#include <foregraph/detail/graph/fault.hpp>
#include <foregraph/detail/graph/shape.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <vector>

#include "graph/checks.hpp"

namespace fg = foregraph;
using fg::Shape;

namespace {

constexpr bool broadcasts_to(const Shape& a, const Shape& b, const Shape& expected) {
  const auto ab = fg::elementwise::broadcast_shapes(a, b);
  const auto ba = fg::elementwise::broadcast_shapes(b, a);
  return ab.ok && ba.ok && ab.shape == expected && ba.shape == expected;
}
constexpr bool is_refused(const Shape& a, const Shape& b) {
  return !fg::elementwise::broadcast_shapes(a, b).ok && !fg::elementwise::broadcast_shapes(b, a).ok;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shape)

BOOST_AUTO_TEST_CASE(axes_count_from_both_ends) {
  HOLDS_IN_BOTH_MOMENTS(Shape{fg::batch, 28, 3}[-1] == fg::Dim{3});
  HOLDS_IN_BOTH_MOMENTS(Shape{fg::batch, 28, 3}[0] == fg::batch);
  HOLDS_IN_BOTH_MOMENTS(Shape{2, 3}[5] == fg::Dim{1} && Shape{2, 3}[-3] == fg::Dim{1});
}

BOOST_AUTO_TEST_CASE(elements_are_affine_or_a_fault) {
  HOLDS_IN_BOTH_MOMENTS(Shape{}.elements() == fg::Dim{1});
  HOLDS_IN_BOTH_MOMENTS((Shape{fg::batch, 28, 28}.elements() == fg::Dim{0, 784}));
  HOLDS_IN_BOTH_MOMENTS((Shape{fg::Dim{1, 2}, 5}.elements() == fg::Dim{5, 10}));
  HOLDS_IN_BOTH_MOMENTS(Shape{fg::batch, fg::batch}.element_product().fault ==
                        fg::SizeFault::not_affine);
  HOLDS_IN_BOTH_MOMENTS(Shape{1 << 30, 1 << 30, 1 << 30}.element_product().fault ==
                        fg::SizeFault::overflow);
}

BOOST_AUTO_TEST_CASE(equality_looks_at_rank_and_dimensions) {
  HOLDS_IN_BOTH_MOMENTS(Shape{1, 3} != Shape{3});
  HOLDS_IN_BOTH_MOMENTS(Shape{fg::batch, 3} == Shape{fg::batch, 3});
  HOLDS_IN_BOTH_MOMENTS(Shape{fg::batch, 3} != Shape{32, 3});
}

BOOST_AUTO_TEST_CASE(broadcasting_aligns_at_the_last_axis) {
  HOLDS_IN_BOTH_MOMENTS(broadcasts_to({fg::batch, 10}, {10}, {fg::batch, 10}));
  HOLDS_IN_BOTH_MOMENTS(broadcasts_to({fg::batch, 10}, {}, {fg::batch, 10}));
  HOLDS_IN_BOTH_MOMENTS(broadcasts_to({fg::batch, 10}, {fg::batch, 1}, {fg::batch, 10}));
  HOLDS_IN_BOTH_MOMENTS(broadcasts_to({fg::batch, 1}, {1, 10}, {fg::batch, 10}));
  HOLDS_IN_BOTH_MOMENTS(broadcasts_to({4, 1, 3}, {2, 1}, {4, 2, 3}));
  HOLDS_IN_BOTH_MOMENTS(broadcasts_to({1}, {1, 1}, {1, 1}));
}

BOOST_AUTO_TEST_CASE(broadcasting_refuses_sizes_that_are_neither_equal_nor_1) {
  HOLDS_IN_BOTH_MOMENTS(is_refused({fg::batch, 10}, {3}));
  HOLDS_IN_BOTH_MOMENTS(is_refused({fg::batch, 10}, {32, 10}));
  HOLDS_IN_BOTH_MOMENTS(is_refused({fg::batch, 10}, {fg::batch}));
  HOLDS_IN_BOTH_MOMENTS(is_refused({fg::batch}, {fg::Dim{1, 1}}));
}

BOOST_AUTO_TEST_CASE(broadcasting_is_associative_where_it_is_defined) {
  const std::vector<Shape> shapes{
      {}, {1}, {3}, {2, 1}, {2, 3}, {fg::batch, 1, 1}, {fg::batch, 2, 3}, {1, 2, 1}, {4, 1, 1, 3}};
  for (const Shape& a : shapes)
    for (const Shape& b : shapes)
      for (const Shape& c : shapes) {
        const auto ab = fg::elementwise::broadcast_shapes(a, b);
        const auto bc = fg::elementwise::broadcast_shapes(b, c);
        BOOST_TEST_REQUIRE((ab.ok && bc.ok));
        const auto left = fg::elementwise::broadcast_shapes(ab.shape, c);
        const auto right = fg::elementwise::broadcast_shapes(a, bc.shape);
        BOOST_TEST((left.ok && right.ok && left.shape == right.shape));
      }
}

BOOST_AUTO_TEST_CASE(prints_as_in_messages) {
  BOOST_TEST(fg::to_string(Shape{}) == "[]");
  BOOST_TEST(fg::to_string(fg::f32, Shape{fg::batch, 784}) == "f32[batch,784]");
  BOOST_TEST(fg::to_string(fg::boolean, Shape{3}) == "bool[3]");
  BOOST_TEST(fg::to_string(Shape{fg::Dim{1, 3}, fg::Dim{0, 2}}) == "[3*batch+1,2*batch]");
  BOOST_TEST(fg::to_string(Shape{fg::Dim{-2, 1}}) == "[batch-2]");
  BOOST_TEST(fg::to_string(Shape{1, 2, 3, 4, 5, 6, 7}) == "[1,2,3,4,5,6,...]");
}

BOOST_AUTO_TEST_SUITE_END()
