#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/ops/shape/gather.hpp>

#include "support/expect.hpp"
#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace gather_cases {

constexpr bool in_the_compiler() {
  Graph g;
  const Tensor table = g.parameter("table", {100, 8});
  const Tensor words = g.input("words", {batch, 5}, i64);
  const Tensor found = gather(table, words);
  const Tensor columns = gather(table, g.input("i", {2, 3}, i32), -1);
  return found.shape() == Shape{batch, 5, 8} && columns.shape() == Shape{100, 2, 3} &&
         scatter_add(100, words, found).shape() == Shape{100, 8};
}
static_assert(in_the_compiler());

}  // namespace gather_cases

BOOST_AUTO_TEST_SUITE(gather_op_suite)

BOOST_AUTO_TEST_CASE(every_axis_and_dtype) {
  const std::size_t sizes[3] = {4, 5, 19};
  for (const DType dtype : {f32, f64, i32, i64, boolean})
    for (const DType index_dtype : {i32, i64})
      for (std::size_t axis = 0; axis < 3; ++axis) {
        Input x{{4, 5, 19}, {}, dtype};
        for (int i = 0; i < 4 * 5 * 19; ++i) x.values.push_back(dtype == boolean ? i % 5 == 0 : i);
        const Input indices{{2, 3}, {3, 0, 1, 1, 3, 2}, index_dtype};
        const std::vector<double> result = evaluate(
            [&](Graph&, const auto& in) {
              return gather(in[0], in[1], static_cast<int>(axis) - 3);
            },
            {x, indices});
        std::size_t outer = 1;
        std::size_t inner = 1;
        for (std::size_t i = 0; i < axis; ++i) outer *= sizes[i];
        for (std::size_t i = axis + 1; i < 3; ++i) inner *= sizes[i];
        BOOST_TEST(result.size() == outer * 6 * inner);
        for (std::size_t o = 0; o < outer; ++o)
          for (std::size_t s = 0; s < 6; ++s)
            for (std::size_t k = 0; k < inner; ++k)
              BOOST_TEST(
                  result[(o * 6 + s) * inner + k] ==
                  x.values[(o * sizes[axis] + static_cast<std::size_t>(indices.values[s])) * inner +
                           k]);
      }
}

BOOST_AUTO_TEST_CASE(scatter_adds_what_meets) {
  for (const DType dtype : {f32, f64, i32, i64})
    for (const int axis : {0, 1, 2}) {
      // updates [2, 3, 19] with the indices' axis of size 3, 2 or 19 replaced by 4 entries
      const std::size_t sizes[3] = {2, 3, 19};
      Input updates{{2, 3, 19}, {}, dtype};
      for (int i = 0; i < 2 * 3 * 19; ++i) updates.values.push_back(i % 23);
      const std::size_t count = sizes[axis];
      Input indices{{static_cast<std::int64_t>(count)}, {}, axis == 1 ? i32 : i64};
      for (std::size_t i = 0; i < count; ++i)
        indices.values.push_back(static_cast<double>(i * i % 3 + (i % 2)));
      const std::vector<double> result =
          evaluate([&](Graph&, const auto& in) { return scatter_add(4, in[1], in[0], axis); },
                   {updates, indices});
      std::vector<double> expected(2 * 3 * 19 / count * 4, 0.0);
      for (std::size_t i = 0; i < 2 * 3 * 19; ++i) {
        std::size_t at[3] = {i / (3 * 19), i / 19 % 3, i % 19};
        std::size_t whole[3] = {2, 3, 19};
        const auto a = static_cast<std::size_t>(axis);
        whole[a] = 4;
        at[a] = static_cast<std::size_t>(indices.values[at[a]]);
        expected[(at[0] * whole[1] + at[1]) * whole[2] + at[2]] += updates.values[i];
      }
      BOOST_TEST(result == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  const Input indices{{batch, 2}, {3, 0, 1, 1, 3, 1}, i32};
  for (const int axis : {0, 1})
    check_gradient(
        [&](Graph&, const auto& x) {
          const Tensor y = gather(x[0], x[1], axis);
          return y * y;
        },
        {random_input(axis == 0 ? Shape{4, 2} : Shape{2, 4}, 1, -1, 1), indices});
  check_gradient(
      [](Graph&, const auto& x) {
        const Tensor y = scatter_add({1, 1}, x[1], x[0], 1);
        return y * y;
      },
      {random_input({2, batch, 2, 2}, 1, -1, 1), indices});
}

BOOST_AUTO_TEST_CASE(indices_out_of_range_are_named) {
  const Input x = random_input({2, 4}, 1);
  for (const double bad : {-1., 4.}) {
    const Input indices{{3}, {0, 1, bad}, i64};
    expect<DataError>(
        [&] {
          evaluate([](Graph&, const auto& in) { return gather(in[0], in[1], 1); }, {x, indices});
        },
        {"[gather] sample 2 of the batch: index ", bad < 0 ? "-1 is" : "4 is",
         "out of range, expected 0..3 (4 entries along the axis)"});
    expect<DataError>(
        [&] {
          evaluate([](Graph&, const auto& in) { return scatter_add(4, in[1], in[0]); },
                   {random_input({3, 2}, 1), indices});
        },
        {"[scatter_add] sample 2 of the batch: index "});
  }
}

BOOST_AUTO_TEST_CASE(wrong_operands_are_refused) {
  const auto refused = [](const Function& f, const std::string& what) {
    check_contains(graph_error([&](Graph& g) {
                     (void)f(g, {g.input("x", {batch, 3}), g.input("i", {2}, i32),
                                 g.input("b", {batch, 3}, boolean)});
                   }),
                   what);
  };
  refused([](Graph&, const auto& x) { return gather(x[0], x[0]); },
          "[gather] the indices are not integers: f32[batch,3] and f32[batch,3]");
  refused([](Graph&, const auto& x) { return gather(x[0], x[1], 2); },
          "[gather] an axis is out of range");
  refused([](Graph&, const auto& x) { return scatter_add(5, x[0], x[0]); },
          "[scatter_add] the indices are not integers");
  refused([](Graph&, const auto& x) { return scatter_add(5, x[1], x[2], 1); },
          "[scatter_add] the op is not defined for this dtype");
  refused([](Graph&, const auto& x) { return scatter_add(5, x[1], x[0], 1); },
          "[scatter_add] the updates do not match the indices");
  refused([](Graph&, const auto& x) { return scatter_add(5, x[1], x[0], 2); },
          "[scatter_add] an axis is out of range");
  refused([](Graph&, const auto& x) { return scatter_add(5, x[1], sum(x[0])); },
          "[scatter_add] the updates do not match the indices");
}

BOOST_AUTO_TEST_SUITE_END()
