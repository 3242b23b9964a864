#include <boost/test/unit_test.hpp>
#include <foregraph/detail/ops/shape/concat.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace concat_cases {

constexpr bool in_the_compiler() {
  Graph g;
  const Tensor x = g.input("x", {batch, 4});
  const Tensor y = g.input("y", {1, 4});
  const auto parts = split(x, {1, 3}, 1);
  return concat({x, y, x}, 0).shape() == Shape{Dim{1, 2}, 4} &&
         stack({x, x, x}, 1).shape() == Shape{batch, 3, 4} &&
         stack({x, x}, -1).shape() == Shape{batch, 4, 2} && parts.size() == 2 &&
         parts[1].shape() == Shape{batch, 3} && split(x, 4, -1)[3].shape() == Shape{batch, 1};
}
static_assert(in_the_compiler());

}  // namespace concat_cases

BOOST_AUTO_TEST_SUITE(concat_op_suite)

BOOST_AUTO_TEST_CASE(every_axis_and_dtype) {
  for (const DType dtype : {f32, f64, i32, i64, boolean})
    for (std::size_t axis = 0; axis < 3; ++axis) {
      // What is expected is looked up: tensor `which` has sizes.. with sizes[axis] of its own.
      const std::size_t own[3] = {1, 18, 3};
      Inputs inputs;
      for (std::size_t k = 0; k < 3; ++k) {
        std::size_t sizes[3] = {2, 3, 5};
        sizes[axis] = own[k];
        Shape shape;
        for (const std::size_t size : sizes) shape.push_back(static_cast<std::int64_t>(size));
        Input x{shape, {}, dtype};
        for (std::size_t i = 0; i < sizes[0] * sizes[1] * sizes[2]; ++i)
          x.values.push_back(dtype == boolean
                                 ? (i + k) % 3 == 0
                                 : 1000. * static_cast<double>(k) + static_cast<double>(i));
        inputs.push_back(x);
      }
      const std::vector<double> result = evaluate(
          [&](Graph&, const auto& x) {
            return concat(std::span<const Tensor>(x), static_cast<int>(axis) - 3);
          },
          inputs);
      std::size_t whole[3] = {2, 3, 5};
      whole[axis] = 22;
      std::size_t o = 0;
      for (std::size_t i = 0; i < whole[0]; ++i)
        for (std::size_t j = 0; j < whole[1]; ++j)
          for (std::size_t l = 0; l < whole[2]; ++l, ++o) {
            std::size_t at[3] = {i, j, l};
            std::size_t k = 0;
            while (at[axis] >= own[k]) at[axis] -= own[k++];
            std::size_t sizes[3] = {2, 3, 5};
            sizes[axis] = own[k];
            BOOST_TEST(result[o] ==
                       inputs[k].values[(at[0] * sizes[1] + at[1]) * sizes[2] + at[2]]);
          }
      BOOST_TEST(result.size() == o);
    }
}

BOOST_AUTO_TEST_CASE(more_operands_than_fit_on_the_stack) {
  const std::vector<double> result = evaluate(
      [](Graph&, const auto& x) {
        std::vector<Tensor> many(20, x[0]);
        many[13] = x[1];
        return stack(std::span<const Tensor>(many));
      },
      {{{2}, {1, 2}, i32}, {{2}, {3, 4}, i32}});
  for (std::size_t i = 0; i < 40; ++i)
    BOOST_TEST(result[i] == static_cast<double>(i % 2 + (i / 2 == 13 ? 3 : 1)));
}

BOOST_AUTO_TEST_CASE(parts_of_a_split) {
  const Input x = random_input({2, 6}, 1);
  for (const bool equal : {false, true})
    for (std::size_t k = 0; k < 3; ++k) {
      const std::size_t sizes[3] = {equal ? 2UL : 1UL, equal ? 2UL : 3UL, 2UL};
      const std::size_t begin = k == 0 ? 0 : k == 1 ? sizes[0] : sizes[0] + sizes[1];
      const std::vector<double> result = evaluate(
          [&](Graph&, const auto& in) {
            return (equal ? split(in[0], 3, -1) : split(in[0], {1, 3, 2}, -1))[k];
          },
          {x});
      BOOST_TEST(result.size() == 2 * sizes[k]);
      for (std::size_t i = 0; i < result.size(); ++i)
        BOOST_TEST(result[i] == x.values[i / sizes[k] * 6 + begin + i % sizes[k]]);
    }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  const auto f = [](Graph&, const auto& x) {
    const Tensor y = concat({x[0], x[1], x[0]}, 0);
    return y * y * y;
  };
  check_gradient(f, {random_input({batch, 2}, 1), random_input({2, 2}, 2)});
  check_gradient(f, {random_input({2, 2}, 1), random_input({batch, 2}, 2)});
  check_gradient(
      [](Graph&, const auto& x) {
        const auto parts = split(x[0], {1, 2, 1}, 1);
        const Tensor y = stack({parts[0], parts[2]}, 2);
        return y * y * unsqueeze(parts[1], 1);
      },
      {random_input({batch, 4}, 3)});
}

BOOST_AUTO_TEST_CASE(wrong_operands_are_refused) {
  const auto refused = [](FunctionRef<void(Graph&, Tensor)> f, const std::string& what) {
    const std::string text = graph_error([&](Graph& g) { f(g, g.input("x", {batch, 6})); });
    check_contains(text, what);
    check_contains(text, "f32[batch,6]");
    check_contains(text, "concat_test.cpp");
  };
  refused(
      [](Graph& g, Tensor x) {
        (void)concat({x, x, g.input("y", {batch, 5})}, 0);
      },
      "[concat] shapes differ outside the concatenation axis: f32[batch,6] and f32[batch,5]");
  refused(
      [](Graph& g, Tensor x) {
        (void)concat({x, g.input("y", {6})}, 0);
      },
      "[concat] shapes differ outside");
  refused(
      [](Graph& g, Tensor x) {
        (void)concat({x, x, g.input("y", {batch, 6}, f64)}, 0);
      },
      "[concat] dtypes differ: f32[batch,6] and f64[batch,6]");
  refused([](Graph&, Tensor x) { (void)concat({x, x}, 2); }, "[concat] an axis is out of range");
  refused(
      [](Graph& g, Tensor x) {
        (void)stack({x, g.input("y", {batch, 1})}, 0);
      },
      "[concat] shapes differ: f32[batch,6] and f32[batch,1]");
  refused([](Graph&, Tensor x) { (void)stack({x, x}, 3); }, "an axis is out of range");
  refused([](Graph&, Tensor x) { (void)split(x, 4, 1); }, "[slice] the axis cannot be split");
  refused([](Graph&, Tensor x) { (void)split(x, 0, 1); }, "[slice] the axis cannot be split");
  refused([](Graph&, Tensor x) { (void)split(x, 2, 0); }, "[slice] the axis cannot be split");
  refused([](Graph&, Tensor x) { (void)split(x, 2, 2); }, "[slice] an axis is out of range");
  for (const std::vector<std::int64_t>& sizes :
       std::vector<std::vector<std::int64_t>>{{1, 2}, {4, 3}, {6, 0}, {7, -1}, {}})
    refused([&](Graph&, Tensor x) { (void)split(x, std::span<const std::int64_t>(sizes), 1); },
            "[slice] the sizes of the parts do not add up to the size of the axis");
  refused([](Graph&, Tensor x) { (void)split(x, {1, 2}, -3); }, "[slice] an axis is out of range");
  check_contains(graph_error([](Graph&) { (void)concat({}, 0); }), "no operand belongs to a graph");
  check_contains(graph_error([](Graph&) { (void)stack({}, 0); }), "no operand belongs to a graph");
  Graph other;
  const Tensor foreign = other.input("y", {batch, 6});
  check_contains(graph_error([&](Graph& g) {
                   (void)concat({g.input("x", {batch, 6}), foreign}, 0);
                 }),
                 "another graph");
}

BOOST_AUTO_TEST_SUITE_END()
