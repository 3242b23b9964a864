// Shape rules at sizes near the end of 64 bits: a result is right or refused, never wrapped around.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "graph/checks.hpp"
#include "ops/huge_sizes.hpp"

using namespace foregraph;
using namespace foregraph::test::huge_sizes;

BOOST_AUTO_TEST_SUITE(huge_sizes)

BOOST_AUTO_TEST_CASE(joining_and_padding) {
  for_many_seeds("concat", [](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const int rank = 1 + random.below(3);
    const int axis = random.below(rank);
    const Shape first = random.shape(rank, true);
    std::vector<Tensor> parts;
    WideShape expected = widened(first);
    expected[static_cast<std::size_t>(axis)] = {};
    const int count = 2 + random.below(5);
    for (int i = 0; i < count; ++i) {
      Shape part = first;
      if (i > 0 && random.below(3) > 0)
        part.set(axis, first[axis].is_constant() ? Dim{random.size(20)}
                                                 : Dim{random.size(20), random.size(20)});
      if (!is_possible(widened(part))) part = first;
      parts.push_back(g.input(nn::numbered("x", i), part, boolean));
      WideDim& sum = expected[static_cast<std::size_t>(axis)];
      sum.constant += part[axis].constant;
      sum.per_sample += part[axis].per_sample;
    }
    check_rule(
        "concat", seed, expected, [&] { return concat(parts, axis); }, seen);
  });
  for_many_seeds("stack", [](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const Shape shape = random.shape(2, true);
    const std::vector<Tensor> parts(static_cast<std::size_t>(1 + random.below(40)),
                                    g.input("x", shape, boolean));
    WideShape expected = widened(shape);
    expected.insert(expected.begin(), WideDim{static_cast<Wide>(parts.size()), 0});
    check_rule(
        "stack", seed, expected, [&] { return stack(parts); }, seen);
  });
  for_many_seeds("pad", [](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const int rank = 1 + random.below(3);
    const Shape shape = random.shape(rank, true);
    const Tensor x = g.input("x", shape, boolean);
    WideShape expected = widened(shape);
    std::vector<PadWidth> widths;
    for (WideDim& dim : expected) {
      const auto width = [&] {
        return random.below(3) == 0 ? 0 : random.below(8) == 0 ? largest_size : random.size(40);
      };
      widths.push_back({width(), width()});
      dim.constant += Wide(widths.back().before) + widths.back().after;
    }
    check_rule(
        "pad", seed, expected, [&] { return pad(x, widths); }, seen);
  });
}

BOOST_AUTO_TEST_CASE(copies_and_classes) {
  for_many_seeds("tile", [](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const int rank = 1 + random.below(3);
    const int axis = random.below(rank);
    const Shape shape = random.shape(rank, true);
    const Tensor x = g.input("x", shape, boolean);
    const std::int64_t count = random.size();
    WideShape expected = widened(shape);
    WideDim& dim = expected[static_cast<std::size_t>(axis)];
    dim = times(dim, count);
    check_rule(
        "tile", seed, expected,
        [&] { return random.below(2) == 0 ? tile(x, count, axis) : repeat(x, count, axis); }, seen);
  });
  for_many_seeds("one_hot", [](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const Shape shape = random.shape(1 + random.below(3), true);
    const std::int64_t classes = random.size();
    WideShape expected = widened(shape);
    expected.push_back({classes, 0});
    check_rule(
        "one_hot", seed, expected,
        [&] { return one_hot(g.input("x", shape, i32), classes, boolean); }, seen);
  });
  for_many_seeds("broadcast_to", [](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    Shape shape;
    WideShape expected;
    for (int i = 0; i < 3; ++i) {
      shape.push_back(random.size(26));
      expected.push_back({shape[i].constant, 0});
    }
    const Tensor x = g.input("x", {shape[2]}, boolean);
    check_rule(
        "broadcast_to", seed, expected, [&] { return broadcast_to(x, shape); }, seen);
  });
  for_many_seeds("add", [](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const Tensor column = g.input("a", {random.size(40), 1}, f32);
    const Tensor row = g.input("b", {random.size(40)}, f32);
    const WideShape expected{{column.shape()[0].constant, 0}, {row.shape()[0].constant, 0}};
    check_rule(
        "add", seed, expected, [&] { return column + row; }, seen);
  });
  for_many_seeds("matmul", [](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const Tensor a = g.input("a", {random.size(40), 2}, f32);
    const Tensor b = g.input("b", {2, random.size(40)}, f32);
    const WideShape expected{{a.shape()[0].constant, 0}, {b.shape()[1].constant, 0}};
    check_rule(
        "matmul", seed, expected, [&] { return matmul(a, b); }, seen);
  });
  for_many_seeds("input", [](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const Shape shape{random.size(40), Dim{random.size(40), random.size(40)}, random.size(20)};
    check_rule(
        "input", seed, widened(shape), [&] { return g.input("x", shape); }, seen);
  });
}

BOOST_AUTO_TEST_CASE(pieces_of_huge_axes) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    Random random(seed);
    Graph g;
    const std::int64_t size = random.size();
    const Tensor x = g.input("x", {size}, boolean);
    const auto limit = [&] {
      const std::int64_t value = random.below(6) == 0 ? largest_size : random.size();
      return random.below(3) == 0 ? -value : value - 1;
    };
    const std::int64_t begin = limit();
    const std::int64_t end = limit();
    const std::int64_t step = random.size();
    const Wide first = begin < 0 ? Wide(begin) + size : Wide(begin);
    const Wide last = end == to_the_end ? Wide(size) : end < 0 ? Wide(end) + size : Wide(end);
    const bool possible = first >= 0 && last <= size && first < last;
    std::optional<Shape> shape;
    try {
      shape = slice(x, 0, begin, end, step).shape();
    } catch (const GraphError&) {
    }
    BOOST_TEST(shape.has_value() == possible, "seed " << seed);
    if (shape)
      BOOST_TEST(((*shape)[0].constant == (last - first + step - 1) / step), "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(positions_beyond_32_bits) {
  Graph g;
  BOOST_CHECK_EXCEPTION((void)iota(g, (std::int64_t{1} << 31) + 1, i32), GraphError,
                        says("[iota] the numbers do not fit in i32"));
  BOOST_CHECK_NO_THROW((void)iota(g, std::int64_t{1} << 31, i32));
  BOOST_CHECK_NO_THROW((void)iota(g, largest_size, i64));
  const Tensor long_axis = g.input("x", {(std::int64_t{1} << 31) + 1});
  BOOST_CHECK_EXCEPTION((void)argmax(long_axis, 0, KeepDims::no, i32), GraphError,
                        says("[argmax] the positions do not fit in i32"));
  BOOST_CHECK_NO_THROW((void)argmax(long_axis, 0));
}

// The same faults are found in the compiler, where an overflow would be an error of its own.
constexpr Fault fault_of_huge(Tensor (*build)(Graph&)) {
  Graph g;
  (void)build(g);
  return g.first_fault;
}
static_assert(fault_of_huge([](Graph& g) {
                const Tensor a = g.input("a", {std::int64_t{1} << 62}, boolean);
                const Tensor five = g.input("b", {5}, boolean);
                return concat({a, a, a, a, five}, 0);
              }).kind == &fault::size_overflows);
static_assert(fault_of_huge([](Graph& g) {
                return pad(g.input("x", {batch, 4}), {{0, 0}, {largest_size, largest_size}});
              }).kind == &fault::size_overflows);
static_assert(fault_of_huge([](Graph& g) {
                return nn::lstm(g.input("x", {batch, 3, 4}), largest_size / 2, "l");
              }).kind == &fault::size_overflows);
static_assert(fault_of_huge([](Graph& g) {
                return nn::conv2d(g.input("x", {batch, 8, 8, 4}), largest_size, largest_size, "c");
              }).kind == &fault::size_overflows);
static_assert(fault_of_huge([](Graph& g) {
                return tile(g.input("x", {batch, 8}), largest_size, 1);
              }).kind == &fault::size_overflows);
static_assert(fault_of_huge([](Graph& g) {
                return conv2d(g.input("x", {batch, 8, 8, 4}), g.input("w", {3, 3, 4, 4}),
                              {.padding = {-largest_size, -largest_size, 0, 0}});
              }).kind == &fault::padding_is_negative);

BOOST_AUTO_TEST_SUITE_END()
