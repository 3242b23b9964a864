#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/ops/math/exp.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>
#include <foregraph/detail/ops/shape/slice.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace slice_cases {

constexpr bool in_the_compiler() {
  Graph g;
  const Tensor x = g.input("x", {batch, 10, 3});
  const Tensor y = slice(x, 1, -7, -1, 2);
  const Tensor z = slice(x, {{0, 0}, {-1, 1}});
  return y.shape() == Shape{batch, 3, 3} && z.shape() == Shape{batch, 10, 2};
}
static_assert(in_the_compiler());

}  // namespace slice_cases

BOOST_AUTO_TEST_SUITE(slice_op_suite)

BOOST_AUTO_TEST_CASE(every_axis_step_and_dtype) {
  const std::int64_t sizes[3] = {4, 7, 19};
  for (const DType dtype : {f32, f64, i32, i64, boolean}) {
    Input x{{4, 7, 19}, {}, dtype};
    for (int i = 0; i < 4 * 7 * 19; ++i) x.values.push_back(dtype == boolean ? i % 5 == 0 : i);
    for (int axis = 0; axis < 3; ++axis)
      for (const std::int64_t step : {1, 2, 3, 30})
        for (const auto& [begin, end] :
             {std::pair<std::int64_t, std::int64_t>{0, to_the_end}, {1, 4}, {-3, -1}, {2, 3}}) {
          const std::vector<double> result =
              evaluate([&, b = begin, e = end](
                           Graph&, const auto& in) { return slice(in[0], axis - 3, b, e, step); },
                       {x});
          const std::int64_t size = sizes[axis];
          const std::int64_t first = begin < 0 ? begin + size : begin;
          const std::int64_t last = end == to_the_end ? size : end < 0 ? end + size : end;
          std::vector<double> expected;
          for (std::int64_t i = 0; i < 4 * 7 * 19; ++i) {
            const std::int64_t at[3] = {i / (7 * 19), i / 19 % 7, i % 19};
            if (at[axis] >= first && at[axis] < last && (at[axis] - first) % step == 0)
              expected.push_back(x.values[static_cast<std::size_t>(i)]);
          }
          BOOST_TEST(result == expected, boost::test_tools::per_element());
        }
  }
}

BOOST_AUTO_TEST_CASE(of_the_first_axis_is_a_view_where_it_begins_at_64_bytes) {
  const auto kind_of = [](const Shape& shape, int axis, std::int64_t begin, std::int64_t step,
                          DType dtype) {
    Graph g;
    const Tensor x = g.input("x", shape, dtype);
    g.outputs.push_back(slice(x * x, axis, begin, to_the_end, step).id);
    const Graph optimized = optimize(g);
    return optimized.node(optimized.outputs[0]).op->name;
  };
  BOOST_TEST(kind_of({4, 16}, 0, 1, 1, f32) == "slice_view");
  BOOST_TEST(kind_of({4, 8}, 0, 1, 1, f64) == "slice_view");
  BOOST_TEST(kind_of({1, 4, 16}, 1, 3, 1, f32) == "slice_view");
  BOOST_TEST(kind_of({4, batch, 16}, 0, 1, 1, f32) == "slice_view");
  BOOST_TEST(kind_of({4, 8}, 0, 1, 1, f32) == "slice");
  BOOST_TEST(kind_of({4, batch, 8}, 0, 1, 1, f32) == "slice");
  BOOST_TEST(kind_of({4, 16}, 0, 0, 2, f32) == "slice");
  BOOST_TEST(kind_of({4, 16}, 1, 0, 3, f32) == "slice");
}

BOOST_AUTO_TEST_CASE(views_show_their_part_in_every_batch) {
  // As a result of its own, read by a region and by a sum.
  for (const std::int64_t samples : {1, 2, 5}) {
    const Input x = random_input({batch, 48}, 3, -1, 1, samples);
    const auto part = [&](int which, std::int64_t i, std::int64_t k) {
      return std::exp(x.values[static_cast<std::size_t>(i * 48 + which * 16 + k)]);
    };
    Graph g;
    const Tensor in = g.input("x", {batch, 48}, f64);
    const Tensor parts = permute(reshape(exp(in), {batch, 3, 16}), {1, 0, 2});
    const Tensor second = slice(parts, 0, 1, 2);
    const Tensor third = slice(parts, 0, 2);
    const Tensor doubled = second * 2.0;
    const Tensor sums = sum(third, {2});
    g.outputs = {second.id, doubled.id, sums.id};
    const auto results = evaluate_outputs(g, {x}, Mode::training, samples);
    for (std::int64_t i = 0; i < samples; ++i) {
      double total = 0;
      for (std::int64_t k = 0; k < 16; ++k) {
        const auto at = static_cast<std::size_t>(i * 16 + k);
        check_close(part(1, i, k), results[0][at], 1e-12, "view");
        check_close(2 * part(1, i, k), results[1][at], 1e-12, "region of a view");
        total += part(2, i, k);
      }
      check_close(total, results[2][static_cast<std::size_t>(i)], 1e-12, "sum of a view");
    }
  }
  check_gradient(
      [](Graph&, const auto& x) { return slice(exp(x[0]), 0, 1, 3) * slice(x[0], 0, 0, 2); },
      {random_input({3, batch, 8}, 1)});
}

BOOST_AUTO_TEST_CASE(unslice_puts_zeros_around) {
  const std::vector<double> result = evaluate(
      [](Graph&, const auto& in) { return detail::unslice(in[0], 1, 1, 6, 2, Location{}); },
      {{{2, 2}, {1, 2, 3, 4}, i64}});
  const std::vector<double> expected{0, 1, 0, 2, 0, 0, 0, 3, 0, 4, 0, 0};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ranges_that_grow_with_the_batch) {
  const auto rest = [](Graph&, const auto& in) {
    return detail::slice_range(in[0], 0, {1, 1}, {2, 2}, 1, Location{});
  };
  Input x{{Dim{4, 3}}, {}, f64};
  for (int i = 0; i < 13; ++i) x.values.push_back(i);
  const std::vector<double> expected{4, 5, 6, 7, 8, 9, 10, 11};
  BOOST_TEST(evaluate(rest, {x}) == expected, boost::test_tools::per_element());
  check_gradient([&](Graph& g, const auto& in) { return rest(g, in); }, {x});
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  check_gradient(
      [](Graph&, const auto& x) {
        const Tensor y = slice(x[0], {{1, 1, -1, 2}, {2, 0, 2}});
        const Tensor z = slice(x[0], {{1, 0, 3, 2}, {-1, -2}});
        return y * z * y;
      },
      {random_input({batch, 6, 3}, 1)});
  check_gradient([](Graph&, const auto& x) { return slice(x[0], 0, 0) * x[0]; },
                 {random_input({batch, 2}, 1)});
}

BOOST_AUTO_TEST_CASE(wrong_ranges_are_refused) {
  const auto refused = [](const std::string& what, int axis, std::int64_t begin, std::int64_t end,
                          std::int64_t step = 1) {
    const std::string text = graph_error([&](Graph& g) {
      (void)slice(g.input("x", {batch, 5}), axis, begin, end, step);
    });
    check_contains(text, "[slice] " + what);
    check_contains(text, "f32[batch,5]");
  };
  refused("an axis is out of range", 2, 0, 1);
  refused("an axis is out of range", -3, 0, 1);
  for (const auto& [begin, end] : {std::pair<std::int64_t, std::int64_t>{0, 6},
                                   {-6, 2},
                                   {3, 3},
                                   {4, 2},
                                   {5, to_the_end},
                                   {0, -5}})
    refused("the slice is empty or reaches beyond the axis", 1, begin, end);
  refused("the slice's step is not positive", 1, 0, 5, 0);
  refused("the slice's step is not positive", 1, 0, 5, -1);
  refused("a slice of an axis that depends on the batch", 0, 1, to_the_end);
  refused("a slice of an axis that depends on the batch", 0, 0, 1);
  refused("a slice of an axis that depends on the batch", 0, 0, to_the_end, 2);
  const auto inner = [](Dim begin, Dim size, std::int64_t step) {
    return graph_error([&](Graph& g) {
      (void)detail::slice_range(g.input("x", {Dim{2, 1}}), 0, begin, size, step, Location{});
    });
  };
  check_contains(inner({1}, {2, 1}, 1), "reaches beyond the axis");
  check_contains(inner({0}, {1, 2}, 1), "reaches beyond the axis");
  check_contains(inner({0}, {2, 1}, 2), "depends on the batch");
  check_contains(graph_error([](Graph& g) {
                   (void)detail::unslice(g.input("x", {3}), 0, 1, 5, 2, Location{});
                 }),
                 "[unslice] the slice is empty or reaches beyond the axis");
}

BOOST_AUTO_TEST_SUITE_END()
