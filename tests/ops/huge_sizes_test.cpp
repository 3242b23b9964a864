// Shape rules and plans at sizes near the end of 64 bits, against 128-bit arithmetic: a result is
// right or refused, never wrapped around.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/plan.hpp>

#include "graph/checks.hpp"

using namespace foregraph;

namespace {

__extension__ using Wide = __int128;
constexpr std::int64_t largest_size = std::numeric_limits<std::int64_t>::max();

/// A dimension in wide arithmetic: constant + per_sample * batch.
struct WideDim {
  Wide constant = 0;
  Wide per_sample = 0;
};
using WideShape = std::vector<WideDim>;

/// No number of elements above this is told apart; it is beyond 64 bits anyway.
constexpr Wide beyond_64_bits = Wide(1) << 64;
Wide bounded_product(Wide a, Wide b) {
  if (a == 0 || b == 0) return 0;
  return a > beyond_64_bits / b ? beyond_64_bits : a * b;
}

/// Whether a graph can have a tensor of that shape.
bool is_possible(const WideShape& shape) {
  WideDim elements{1, 0};
  for (const WideDim& dim : shape) {
    if (dim.constant < 0 || dim.per_sample < 0 || dim.constant + dim.per_sample < 1) return false;
    if (elements.per_sample != 0 && dim.per_sample != 0) return false;
    const Wide factor = dim.per_sample == 0 ? dim.constant : elements.constant;
    const WideDim other = dim.per_sample == 0 ? elements : dim;
    elements = {bounded_product(factor, other.constant), bounded_product(factor, other.per_sample)};
  }
  return elements.constant + elements.per_sample <= largest_size;
}

bool is_equal(const Shape& shape, const WideShape& expected) {
  if (shape.rank != static_cast<int>(expected.size())) return false;
  for (int i = 0; i < shape.rank; ++i) {
    const WideDim& dim = expected[static_cast<std::size_t>(i)];
    if (shape[i].constant != dim.constant || shape[i].per_sample != dim.per_sample) return false;
  }
  return true;
}

class Random {
 public:
  explicit Random(unsigned seed) : generator_(seed) {}
  /// Of 1 to 2^bits, all magnitudes alike, powers of two and their neighbours often.
  std::int64_t size(int bits = 62) {
    const int magnitude = below(std::min(bits, 62) + 1);
    std::int64_t value = std::int64_t{1} << magnitude;
    if (below(2) == 0) value += below(3) - 1;
    if (below(3) == 0)
      value = static_cast<std::int64_t>(generator_() % static_cast<std::uint64_t>(value + 1));
    return std::max<std::int64_t>(value, 1);
  }
  int below(int count) { return static_cast<int>(generator_() % static_cast<unsigned>(count)); }
  /// The shape of a boolean tensor of `rank` axes, one of which may be the batch.
  Shape shape(int rank, bool with_batch) {
    for (;;) {
      Shape result;
      WideShape wide;
      const int batch_axis = with_batch && below(2) == 0 ? below(rank) : -1;
      for (int i = 0; i < rank; ++i) {
        const std::int64_t dim = size(60 / rank + below(8));
        result.push_back(i == batch_axis ? Dim{0, dim} : Dim{dim});
        wide.push_back(i == batch_axis ? WideDim{0, dim} : WideDim{dim, 0});
      }
      if (is_possible(wide)) return result;
    }
  }

 private:
  std::mt19937_64 generator_;
};

WideShape widened(const Shape& shape) {
  WideShape result;
  for (int i = 0; i < shape.rank; ++i) result.push_back({shape[i].constant, shape[i].per_sample});
  return result;
}
WideDim times(WideDim a, Wide factor) {
  return {bounded_product(a.constant, factor), bounded_product(a.per_sample, factor)};
}

/// How often a rule gave a shape, and how often it refused.
struct Seen {
  int given = 0;
  int refused = 0;
};

/// `rule` must give `expected` if that is possible, and a GraphError otherwise.
template <class Rule>
void check_rule(const std::string& what, unsigned seed, const WideShape& expected, const Rule& rule,
                Seen& seen) {
  std::optional<Shape> shape;
  std::string refusal;
  try {
    shape = rule().shape();
  } catch (const GraphError& error) {
    refusal = error.what();
  }
  const bool possible = is_possible(expected);
  BOOST_TEST(shape.has_value() == possible,
             what << ", seed " << seed << ": " << (shape ? to_string(*shape) : refusal));
  if (shape && possible)
    BOOST_TEST(is_equal(*shape, expected), what << ", seed " << seed << ": " << to_string(*shape));
  if (!shape)
    BOOST_TEST(refusal.find("the number of elements does not fit in 64 bits") != std::string::npos,
               what << ", seed " << seed << ": " << refusal);
  ++(shape ? seen.given : seen.refused);
}

/// Runs `once(random, seed, seen)` for many seeds; both outcomes must come up.
template <class Once>
void for_many_seeds(const std::string& what, const Once& once) {
  Seen seen;
  for (unsigned seed = 0; seed < 5000; ++seed) {
    Random random(seed);
    once(random, seed, seen);
  }
  BOOST_TEST(seen.given > 10, what << ": " << seen.given);
  BOOST_TEST(seen.refused > 10, what << ": " << seen.refused);
}

}  // namespace

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
      parts.push_back(g.input(numbered("x", i), part, boolean));
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

BOOST_AUTO_TEST_CASE(windows_on_images) {
  constexpr Wide most = Wide(1) << 31;  // sizes above are refused before they are computed with
  const auto out_size = [](Wide size, Wide kernel, Wide stride, Wide dilation, Wide padding) {
    const Wide room = size + padding - (kernel - 1) * dilation - 1;
    return room < 0 ? Wide(0) : room / stride + 1;
  };
  const auto check = [](const std::string& what, unsigned seed, bool allowed,
                        const WideShape& expected, const auto& rule, Seen& seen) {
    std::optional<Shape> shape;
    try {
      shape = rule().shape();
    } catch (const GraphError&) {
    }
    BOOST_TEST(shape.has_value() == (allowed && is_possible(expected)), what << ", seed " << seed);
    if (shape)
      BOOST_TEST(is_equal(*shape, expected),
                 what << ", seed " << seed << ": " << to_string(*shape));
    ++(shape ? seen.given : seen.refused);
  };
  for_many_seeds("conv2d", [&](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const std::int64_t h = random.size(34);
    const std::int64_t w = random.size(24);
    const std::int64_t kh = random.below(2) == 0 ? 1 + random.below(3) : random.size(34);
    Conv2dOptions o;
    o.stride_h = random.below(2) == 0 ? 1 : random.size();
    o.dilation_h = random.below(2) == 0 ? 1 : random.size();
    o.padding.top = random.below(2) == 0 ? 0 : random.size();
    o.padding.bottom = random.below(4) == 0 ? largest_size : random.size(20);
    const std::int64_t filters = random.size(40);
    if (!is_possible({{h, 0}, {w, 0}, {2, 0}}) || !is_possible({{kh, 0}, {2, 0}, {filters, 0}}))
      return;
    bool allowed = true;
    for (const std::int64_t each :
         {h, kh, o.stride_h, o.dilation_h, o.padding.top, o.padding.bottom})
      allowed = allowed && each <= most;
    const WideShape expected{
        {0, 1},
        {allowed ? out_size(h, kh, o.stride_h, o.dilation_h, Wide(o.padding.top) + o.padding.bottom)
                 : Wide(0),
         0},
        {w, 0},
        {filters, 0}};
    const Tensor x = g.input("x", {batch, h, w, 2});
    const Tensor weight = g.input("w", {kh, 1, 2, filters});
    check(
        "conv2d", seed, allowed, expected, [&] { return conv2d(x, weight, o); }, seen);
  });
  for_many_seeds("conv2d_transpose", [&](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const std::int64_t h = random.size(34);
    const std::int64_t kh = random.below(2) == 0 ? 1 + random.below(3) : random.size(34);
    Conv2dTransposeOptions o;
    o.conv.stride_h = random.below(2) == 0 ? 2 : random.size(36);
    o.conv.dilation_h = random.below(2) == 0 ? 1 : random.size(36);
    const std::int64_t filters = random.size(20);
    if (!is_possible({{kh, 0}, {3, 0}, {filters, 0}})) return;
    const Wide out = Wide(h - 1) * o.conv.stride_h + Wide(kh - 1) * o.conv.dilation_h + 1;
    const bool allowed = h <= most && kh <= most && o.conv.stride_h <= most &&
                         o.conv.dilation_h <= most && out <= most;
    const Tensor x = g.input("x", {batch, h, 1, 3});
    const Tensor weight = g.input("w", {kh, 1, filters, 3});
    check(
        "conv2d_transpose", seed, allowed, {{0, 1}, {out, 0}, {1, 0}, {filters, 0}},
        [&] { return conv2d_transpose(x, weight, o); }, seen);
  });
  for_many_seeds("max_pool2d", [&](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const std::int64_t h = random.size(40);
    const std::int64_t window = random.size(40);
    const std::int64_t stride = random.size();
    const bool allowed = h <= most && window <= most && stride <= most;
    const WideShape expected{
        {0, 1}, {allowed ? out_size(h, window, stride, 1, 0) : Wide(0), 0}, {1, 0}, {5, 0}};
    const Tensor x = g.input("x", {batch, h, 1, 5});
    check(
        "max_pool2d", seed, allowed, expected,
        [&] {
          return max_pool2d(x,
                            {.window_h = window, .window_w = 1, .stride_h = stride, .stride_w = 1});
        },
        seen);
  });
  for_many_seeds("upsample_nearest2d", [&](Random& random, unsigned seed, Seen& seen) {
    Graph g;
    const std::int64_t h = random.size(40);
    const std::int64_t scale = random.size();
    const Tensor x = g.input("x", {batch, h, 3, 1});
    check(
        "upsample_nearest2d", seed, true, {{0, 1}, times({h, 0}, scale), {3, 0}, {1, 0}},
        [&] { return upsample_nearest2d(x, scale, 1); }, seen);
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

BOOST_AUTO_TEST_CASE(layers_are_refused_by_name) {
  const auto refused = [](const auto& call) {
    Graph g;
    BOOST_CHECK_EXCEPTION(call(g), GraphError,
                          says("the number of elements does not fit in 64 bits"));
  };
  for (const std::int64_t units : {largest_size, largest_size / 2, std::int64_t{1} << 61}) {
    refused([&](Graph& g) { (void)dense(g.input("x", {batch, 4}), units, "d"); });
    refused([&](Graph& g) { (void)lstm(g.input("x", {batch, 3, 4}), units, "l"); });
    refused([&](Graph& g) { (void)gru(g.input("x", {batch, 3, 4}), units, "l"); });
    refused([&](Graph& g) { (void)conv2d(g.input("x", {batch, 8, 8, 4}), units, 3, "c"); });
    refused([&](Graph& g) { (void)conv2d(g.input("x", {batch, 8, 8, 1}), 1, units, "c"); });
    refused([&](Graph& g) { (void)embedding(g.input("x", {batch}, i32), units, 4, "e"); });
    refused([&](Graph& g) {
      (void)transformer_block(g.input("x", {batch, 3, 4}), 1, "t", {.mlp_factor = units});
    });
    refused([&](Graph& g) { (void)g.parameter("p", {units, 4}); });
    refused([&](Graph& g) { (void)g.extent({units, 4}); });
  }
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

BOOST_AUTO_TEST_CASE(sums_of_bytes) {
  Seen seen;
  for (unsigned seed = 0; seed < 5000; ++seed) {
    Random random(seed);
    Graph g;
    const DType dtype = random.below(2) == 0 ? f32 : f64;
    const std::int64_t per_sample = random.size(50);
    const std::int64_t batch_size = random.size(40);
    PlanOptions options;
    options.input_buffers = random.below(2) == 0 ? 1 : random.size(30);
    options.other_bytes = random.below(2) == 0 ? 0 : random.size();
    const Tensor x = g.input("x", {batch, per_sample}, dtype);
    g.outputs = {relu(x).id};
    const Wide bytes =
        bounded_product(bounded_product(per_sample, batch_size), Wide(bytes_per_element(dtype)));
    const Wide padded = (bytes + 63) / 64 * 64;
    const Wide peak = bounded_product(padded, options.input_buffers) + padded + options.other_bytes;
    // The check rounds up generously.
    const bool is_close =
        peak > Wide(largest_size) - 4096 - 64 * Wide(options.input_buffers) && peak <= largest_size;
    if (is_close) continue;
    std::optional<std::int64_t> planned;
    try {
      planned = plan_memory(g, batch_size, options).peak().count;
    } catch (const BatchError&) {
    }
    BOOST_TEST(planned.has_value() == (peak <= largest_size), "seed " << seed);
    if (planned) BOOST_TEST((Wide(*planned) == peak), "seed " << seed);
    ++(planned ? seen.given : seen.refused);
  }
  BOOST_TEST(seen.given > 100);
  BOOST_TEST(seen.refused > 100);
}

BOOST_AUTO_TEST_CASE(scratch_memory_of_huge_convolutions) {
  // 32 patches of nearly 2^56 elements are laid out beside one another.
  Graph g;
  const std::int64_t height = std::int64_t{1} << 31;
  const std::int64_t width = std::int64_t{1} << 25;
  const Tensor x = g.input("x", {batch, height, width, 1});
  const Tensor w = g.input("w", {height - 31, width, 1, 1});
  const Tensor y = conv2d(x, w);
  BOOST_TEST((y.shape() == Shape{batch, 32, 1, 1}));
  g.outputs = {y.id};
  BOOST_CHECK_THROW((void)plan_memory(g, 1), BatchError);
  // Far apart windows: not one step for each pixel between them.
  Graph far;
  const Tensor p = far.parameter("p", {3, 3, 2, 2}, filled_with(1));
  const Tensor image = far.input("y", {batch, 40, 40, 2});
  const Tensor corner = conv2d(image, p, square_conv(1'000'000'000));
  const std::vector<Tensor> back = gradient(far, sum(corner), {image, p});
  far.outputs = {back[0].id, back[1].id};
  BOOST_TEST(plan_memory(far, 2).peak().count > 0);
}

// The same faults are found in the compiler, where an overflow would be an error of its own.
constexpr Fault fault_of(Tensor (*build)(Graph&)) {
  Graph g;
  (void)build(g);
  return g.first_fault;
}
static_assert(fault_of([](Graph& g) {
                const Tensor a = g.input("a", {std::int64_t{1} << 62}, boolean);
                const Tensor five = g.input("b", {5}, boolean);
                return concat({a, a, a, a, five}, 0);
              }).kind == &fault::size_overflows);
static_assert(fault_of([](Graph& g) {
                return pad(g.input("x", {batch, 4}), {{0, 0}, {largest_size, largest_size}});
              }).kind == &fault::size_overflows);
static_assert(fault_of([](Graph& g) {
                return lstm(g.input("x", {batch, 3, 4}), largest_size / 2, "l");
              }).kind == &fault::size_overflows);
static_assert(fault_of([](Graph& g) {
                return conv2d(g.input("x", {batch, 8, 8, 4}), largest_size, largest_size, "c");
              }).kind == &fault::size_overflows);
static_assert(fault_of([](Graph& g) {
                return tile(g.input("x", {batch, 8}), largest_size, 1);
              }).kind == &fault::size_overflows);
static_assert(fault_of([](Graph& g) {
                return conv2d(g.input("x", {batch, 8, 8, 4}), g.input("w", {3, 3, 4, 4}),
                              {.padding = {-largest_size, -largest_size, 0, 0}});
              }).kind == &fault::padding_is_negative);

BOOST_AUTO_TEST_SUITE_END()
