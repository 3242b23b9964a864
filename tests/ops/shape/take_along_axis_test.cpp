#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/ops/shape/take_along_axis.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace take_along_axis_test {
/// Position in x of each element e of [3, 4, 5] with axis `axis` made 2, by indices.
std::size_t source(std::size_t e, int axis, const std::vector<double>& indices) {
  std::size_t dims[3] = {3, 4, 5};
  dims[axis] = 2;
  std::size_t at[3] = {e / (dims[1] * dims[2]), e / dims[2] % dims[1], e % dims[2]};
  at[axis] = static_cast<std::size_t>(indices[e]);
  return (at[0] * 4 + at[1]) * 5 + at[2];
}
Shape shape_with_two(int axis) {
  Shape shape{3, 4, 5};
  shape.set(axis, 2);
  return shape;
}
std::vector<double> some_indices(int axis) {
  const auto count = static_cast<std::size_t>(shape_with_two(axis).elements().constant);
  std::vector<double> indices = random_values(count, 7, 0, 2.99);
  for (double& v : indices) v = static_cast<int>(v);
  return indices;
}
}  // namespace take_along_axis_test

BOOST_AUTO_TEST_SUITE(take_along_axis_op)

BOOST_AUTO_TEST_CASE(takes_and_scatters_along_every_axis) {
  namespace t = take_along_axis_test;
  for (const DType dtype : {f32, f64, i32, i64, boolean})
    for (const DType index : {i32, i64})
      for (int axis = 0; axis < 3; ++axis) {
        std::vector<double> x = random_values(60, 1, -50, 50);
        for (double& v : x) v = dtype == boolean ? (v > 0 ? 1 : 0) : static_cast<int>(v);
        const std::vector<double> indices = t::some_indices(axis);
        const std::vector<double> taken = evaluate(
            [&](Graph&, const auto& in) { return take_along_axis(in[0], in[1], axis - 3); },
            {{{3, 4, 5}, x, dtype}, {t::shape_with_two(axis), indices, index}});
        std::vector<double> expected;
        for (std::size_t e = 0; e < indices.size(); ++e)
          expected.push_back(x[t::source(e, axis, indices)]);
        BOOST_TEST(taken == expected, boost::test_tools::per_element());
        if (dtype == boolean) continue;
        const Dim size = Shape{3, 4, 5}[axis];
        const std::vector<double> sums = evaluate(
            [&](Graph&, const auto& in) {
              return scatter_add_along_axis(in[0], in[1], axis, size);
            },
            {{t::shape_with_two(axis), taken, dtype}, {t::shape_with_two(axis), indices, index}});
        std::vector<double> expected_sums(60, 0);
        for (std::size_t e = 0; e < indices.size(); ++e)
          expected_sums[t::source(e, axis, indices)] += taken[e];
        BOOST_TEST(sums == expected_sums, boost::test_tools::per_element());
      }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  const Input rows{{batch, 4}, {0, 2, 2, 1, 1, 1, 0, 0, 2, 1, 0, 2}, i64};
  const Input columns{{2, 3}, {0, 2, 2, 1, 1, 2}, i32};
  check_gradient([](Graph&, const auto& x) { return take_along_axis(x[0], x[1], 1) * x[2]; },
                 {random_input({batch, 3}, 1), rows, random_input({4}, 2)});
  check_gradient([](Graph&, const auto& x) { return take_along_axis(x[0], x[1], 0); },
                 {random_input({batch, 3}, 3), columns});
  check_gradient([](Graph&, const auto& x) { return scatter_add_along_axis(x[0], x[1], 1, 3); },
                 {random_input({batch, 4}, 4), rows});
}

BOOST_AUTO_TEST_CASE(an_index_out_of_range_names_op_position_and_range) {
  for (const double index : {-1.0, 3.0})
    for (const bool scatter : {false, true}) {
      const Input x = random_input({2, scatter ? 2 : 3}, 1);
      const std::string expected =
          std::string(scatter ? "[scatter_add_along_axis]" : "[take_along_axis]") +
          " position 3: index " + std::to_string(static_cast<int>(index)) +
          " is out of range, expected 0..2 (3 entries along the axis). Check the indices";
      BOOST_CHECK_EXCEPTION(evaluate(
                                [&](Graph&, const auto& in) {
                                  return scatter ? scatter_add_along_axis(in[0], in[1], 1, 3)
                                                 : take_along_axis(in[0], in[1], 1);
                                },
                                {x, {{2, 2}, {0, 2, 1, index}, i64}}),
                            DataError, [&](const DataError& error) {
                              check_contains(error.what(), expected);
                              return true;
                            });
    }
}

BOOST_AUTO_TEST_CASE(bad_uses_are_refused) {
  const auto refused = [](const Shape& indices, DType dtype, int axis, const std::string& what) {
    check_contains(
        graph_error([&](Graph& g) {
          (void)take_along_axis(g.input("x", {batch, 4}), g.input("i", indices, dtype), axis);
        }),
        "[take_along_axis] " + what);
    check_contains(graph_error([&](Graph& g) {
                     (void)scatter_add_along_axis(g.input("x", {batch, 4}),
                                                  g.input("i", indices, dtype), axis, 7);
                   }),
                   "[scatter_add_along_axis] " + what);
  };
  refused({batch, 2}, i64, 2, "an axis is out of range");
  refused({batch, 2}, f32, 1, "the indices do not match the tensor");
  refused({2, 3}, i32, 0,
          "the indices do not match the tensor: f32[batch,4] and i32[2,3]; expected i32 or i64 "
          "indices with the tensor's shape");
  refused({batch}, i32, 0, "the indices do not match the tensor");
}

BOOST_AUTO_TEST_SUITE_END()
