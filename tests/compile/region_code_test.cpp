#include <boost/test/unit_test.hpp>
#include <foregraph/detail/compile/fingerprint.hpp>
#include <foregraph/plan.hpp>

#include "graph/checks.hpp"

namespace fg = foregraph;
using fg::LoadPattern;
using fg::RegionCode;
using fg::RegionValue;
using fg::Shape;

namespace {

constexpr bool is_read(const Shape& source, const Shape& shape, LoadPattern pattern,
                       fg::Dim inner) {
  const auto access = fg::planning::access_of(source, shape);
  return access.pattern == pattern &&
         (pattern == LoadPattern::contiguous || pattern == LoadPattern::scalar ||
          pattern == LoadPattern::general || access.inner == inner);
}
/// The code of the task that computes `t`.
RegionCode code_of(const fg::Graph& g, fg::Tensor t) {
  const fg::Tasks tasks = fg::form_tasks(g);
  return fg::region_code(g, tasks, tasks.task_of[static_cast<std::size_t>(t.id)]);
}
int count(const RegionCode& code, RegionValue::Kind kind) {
  int found = 0;
  for (const RegionValue& v : code.values) found += v.kind == kind ? 1 : 0;
  return found;
}
std::uint64_t fingerprint_of(const fg::Graph& g, fg::Tensor t) {
  return fg::fingerprint(code_of(g, t), g);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(region_code)

BOOST_AUTO_TEST_CASE(patterns_follow_from_the_shapes) {
  HOLDS_IN_BOTH_MOMENTS(is_read({fg::batch, 8}, {fg::batch, 8}, LoadPattern::contiguous, {}));
  HOLDS_IN_BOTH_MOMENTS(is_read({}, {fg::batch, 8}, LoadPattern::scalar, {}));
  HOLDS_IN_BOTH_MOMENTS(is_read({1, 1}, {fg::batch, 8}, LoadPattern::scalar, {}));
  HOLDS_IN_BOTH_MOMENTS(is_read({8}, {fg::batch, 8}, LoadPattern::row, 8));
  HOLDS_IN_BOTH_MOMENTS(is_read({1, 8}, {fg::batch, 8}, LoadPattern::row, 8));
  HOLDS_IN_BOTH_MOMENTS(is_read({3, 8}, {fg::batch, 3, 8}, LoadPattern::row, 24));
  HOLDS_IN_BOTH_MOMENTS(is_read({fg::batch, 1}, {fg::batch, 8}, LoadPattern::column, 8));
  HOLDS_IN_BOTH_MOMENTS(is_read({fg::batch, 1, 1}, {fg::batch, 3, 8}, LoadPattern::column, 24));
  HOLDS_IN_BOTH_MOMENTS(is_read({fg::batch, 1, 8}, {fg::batch, 3, 8}, LoadPattern::general, {}));
  HOLDS_IN_BOTH_MOMENTS(is_read({1, 3, 1}, {fg::batch, 3, 8}, LoadPattern::general, {}));
  HOLDS_IN_BOTH_MOMENTS(is_read({fg::batch}, {8, fg::batch}, LoadPattern::row, fg::batch));
}

BOOST_AUTO_TEST_CASE(every_pattern_finds_the_element_numpy_would) {
  // All shapes of up to three axes of 1, 2, 3 that broadcast to a shape without axes of size 1.
  const Shape to{2, 3, 2};
  for (int mask = 0; mask < 8; ++mask)
    for (int rank = 0; rank <= 3; ++rank) {
      Shape from;
      for (int i = 3 - rank; i < 3; ++i)
        from.push_back(((mask >> i) & 1) != 0 ? to[i] : fg::Dim{1});
      const auto access = fg::planning::access_of(from, to);
      const std::int64_t inner = access.inner.constant;
      for (std::int64_t i = 0; i < 12; ++i) {
        const std::int64_t index[3] = {i / 6, i / 2 % 3, i % 2};
        std::int64_t expected = 0;
        for (int axis = 3 - rank; axis < 3; ++axis) {
          const std::int64_t size = from[axis - 3 + rank].constant;
          expected = expected * size + (size == 1 ? 0 : index[axis]);
        }
        std::int64_t found = expected;  // the general pattern walks the shapes
        if (access.pattern == LoadPattern::contiguous) found = i;
        if (access.pattern == LoadPattern::scalar) found = 0;
        if (access.pattern == LoadPattern::row) found = i % inner;
        if (access.pattern == LoadPattern::column) found = i / inner;
        BOOST_TEST(found == expected, fg::to_string(from) << ", element " << i);
      }
    }
}

BOOST_AUTO_TEST_CASE(operands_are_loaded_once_and_come_before_their_use) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8});
  const auto row = g.parameter("row", {8});
  const auto y = fg::tanh(x * row + row) * x;
  g.outputs = {y.id};
  const RegionCode code = code_of(g, y);
  BOOST_TEST(count(code, RegionValue::Kind::load) == 2);
  BOOST_TEST(count(code, RegionValue::Kind::apply) == 4);
  BOOST_TEST((code.shape == Shape{fg::batch, 8}));
  for (std::size_t i = 0; i < code.values.size(); ++i)
    for (int k = 0; k < code.values[i].arity; ++k)
      BOOST_TEST(code.values[i].operands[static_cast<std::size_t>(k)] <
                 static_cast<std::int32_t>(i));
  BOOST_TEST(code.values.back().stored_as == y.id);
  int stored = 0;
  for (const RegionValue& v : code.values) stored += v.stored_as != fg::no_node ? 1 : 0;
  BOOST_TEST(stored == 1);
}

BOOST_AUTO_TEST_CASE(scalars_are_immediate) {
  fg::Graph g;
  const auto x = g.input("x", {fg::batch, 8});
  const auto rate = g.setting("rate", 0.5);
  const auto y = x * rate + 2.0;
  g.outputs = {y.id};
  const RegionCode code = code_of(g, y);
  BOOST_TEST(count(code, RegionValue::Kind::immediate) == 2);
  BOOST_TEST(count(code, RegionValue::Kind::load) == 1);
}

BOOST_AUTO_TEST_CASE(a_materialised_broadcast_is_a_load_that_is_stored) {
  fg::Graph g;
  const auto wide = fg::broadcast_to(g.parameter("row", {8}), {4, 8});
  g.outputs = {wide.id};
  const RegionCode code = code_of(g, wide);
  BOOST_TEST((code.values.back().kind == RegionValue::Kind::load));
  BOOST_TEST((code.values.back().pattern == LoadPattern::row));
  BOOST_TEST(code.values.back().stored_as == wide.id);
}

BOOST_AUTO_TEST_CASE(fingerprints_are_equal_for_equal_code_only) {
  const auto make = [](double number, int width, bool swapped, bool twice) {
    fg::Graph g;
    const auto x = g.input("x", {fg::batch, width});
    const auto z = g.input("z", {fg::batch, width});
    const auto a = swapped ? z - x : x - z;
    const auto y = fg::tanh(a * number) + (twice ? a : x);
    g.outputs = {y.id};
    return fingerprint_of(g, y);
  };
  const std::uint64_t base = make(2, 8, false, false);
  BOOST_TEST(make(2, 8, false, false) == base);
  BOOST_TEST(make(3, 8, false, false) != base);
  BOOST_TEST(make(2, 9, false, false) != base);
  BOOST_TEST(make(2, 8, true, false) != base);
  BOOST_TEST(make(2, 8, false, true) != base);
}

BOOST_AUTO_TEST_SUITE_END()
