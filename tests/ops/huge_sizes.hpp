#pragma once

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

/// Shape rules at sizes near the end of 64 bits, against 128-bit arithmetic.
namespace foregraph::test::huge_sizes {

__extension__ using Wide = __int128;
inline constexpr std::int64_t largest_size = std::numeric_limits<std::int64_t>::max();

/// A dimension in wide arithmetic: constant + per_sample * batch.
struct WideDim {
  Wide constant = 0;
  Wide per_sample = 0;
};
using WideShape = std::vector<WideDim>;

/// No number of elements above this is told apart; it is beyond 64 bits anyway.
inline constexpr Wide beyond_64_bits = Wide(1) << 64;
inline Wide bounded_product(Wide a, Wide b) {
  if (a == 0 || b == 0) return 0;
  return a > beyond_64_bits / b ? beyond_64_bits : a * b;
}

/// Whether a graph can have a tensor of that shape.
inline bool is_possible(const WideShape& shape) {
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

inline bool is_equal(const Shape& shape, const WideShape& expected) {
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

inline WideShape widened(const Shape& shape) {
  WideShape result;
  for (int i = 0; i < shape.rank; ++i) result.push_back({shape[i].constant, shape[i].per_sample});
  return result;
}
inline WideDim times(WideDim a, Wide factor) {
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

}  // namespace foregraph::test::huge_sizes
