#include <boost/test/unit_test.hpp>
#include <foregraph/detail/graph/passes/simplify.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace permute_cases {

std::vector<double> counting(std::int64_t count) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(static_cast<double>(i % 120));
  return values;
}

/// Element by element, by division of the index.
std::vector<double> reference(const std::vector<std::int64_t>& sizes, const std::vector<int>& axes,
                              const std::vector<double>& x) {
  std::vector<double> out(x.size());
  for (std::size_t o = 0; o < out.size(); ++o) {
    std::size_t rest = o;
    std::vector<std::size_t> at(sizes.size());
    for (std::size_t i = axes.size(); i-- > 0;) {
      const auto axis = static_cast<std::size_t>(axes[i]);
      at[axis] = rest % static_cast<std::size_t>(sizes[axis]);
      rest /= static_cast<std::size_t>(sizes[axis]);
    }
    std::size_t from = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i)
      from = from * static_cast<std::size_t>(sizes[i]) + at[i];
    out[o] = x[from];
  }
  return out;
}

const OpDef* op_after(const Function& f, Shape shape) {
  Graph g;
  const Tensor y = f(g, {g.input("x", shape)});
  g.outputs.push_back(y.id);
  const Graph simple = passes::simplify(g);
  return simple.node(simple.outputs[0]).op;
}

constexpr bool in_the_compiler() {
  Graph g;
  const Tensor x = g.input("x", {batch, 2, 3});
  return permute(x, {2, 0, -2}).shape() == Shape{3, batch, 2};
}
static_assert(in_the_compiler());

}  // namespace permute_cases

BOOST_AUTO_TEST_SUITE(permute_op_suite)

BOOST_AUTO_TEST_CASE(every_order_and_dtype) {
  using namespace permute_cases;
  struct Case {
    std::vector<std::int64_t> sizes;
    std::vector<int> axes;
  };
  const std::vector<Case> cases{{{5}, {0}},
                                {{37, 50}, {1, 0}},
                                {{70, 130}, {1, 0}},
                                {{3, 1100}, {1, 0}},
                                {{1100, 3}, {1, 0}},
                                {{3, 17, 33}, {2, 0, 1}},
                                {{3, 17, 33}, {1, 2, 0}},
                                {{3, 17, 33}, {1, 0, 2}},
                                {{3, 17, 33}, {2, 1, 0}},
                                {{2, 3, 4, 5}, {0, 2, 1, 3}},
                                {{2, 3, 4, 5}, {3, 1, 2, 0}},
                                {{2, 1, 4, 1, 5}, {4, 1, 0, 3, 2}},
                                {{2, 3, 2, 4, 3, 2}, {5, 2, 0, 4, 1, 3}},
                                {{2, 3, 2, 4, 3, 2}, {1, 0, 3, 2, 5, 4}}};
  for (const Case& c : cases) {
    Shape shape;
    for (const std::int64_t size : c.sizes) shape.push_back(size);
    for (const DType dtype : {f32, f64, i32, i64, boolean}) {
      std::vector<double> values = counting(shape.elements().constant);
      if (dtype == boolean)
        for (double& v : values) v = static_cast<int>(v) % 3 == 0 ? 1 : 0;
      const std::vector<double> result = evaluate(
          [&](Graph&, const auto& x) { return permute(x[0], std::span<const int>(c.axes)); },
          {{shape, values, dtype}});
      BOOST_TEST(result == reference(c.sizes, c.axes, values), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(gradient_check) {
  const auto f = [](Graph&, const auto& x) {
    const Tensor y = permute(x[0], {2, 0, 1});
    return y * y * x[1];
  };
  check_gradient(f, {random_input({batch, 2, 3}, 1), random_input({3, batch, 2}, 2)});
}

BOOST_AUTO_TEST_CASE(cheaper_forms) {
  using namespace permute_cases;
  const Shape shape{batch, 2, 3, 4};
  const auto after = [&](std::initializer_list<int> axes) {
    return op_after([&](Graph&, const auto& x) { return permute(x[0], axes); }, shape);
  };
  BOOST_TEST(after({0, 1, 2, 3})->name == "input");
  BOOST_TEST(after({0, 1, 3, 2})->name == "transpose");
  BOOST_TEST(after({0, 2, 1, 3})->name == "permute");
  const auto twice = [&](std::initializer_list<int> a, std::initializer_list<int> b) {
    return op_after([&](Graph&, const auto& x) { return permute(permute(x[0], a), b); }, shape);
  };
  BOOST_TEST(twice({1, 2, 3, 0}, {3, 0, 1, 2})->name == "input");
  BOOST_TEST(twice({1, 2, 3, 0}, {3, 0, 2, 1})->name == "transpose");
  const auto of_transpose = [](Graph&, const auto& x) {
    return permute(transpose(x[0]), {1, 0, 2, 3});
  };
  const Input x = random_input({2, 3, 4, 5}, 3);
  const std::vector<double> direct = evaluate(
      [](Graph&, const auto& in) {
        return permute(in[0], {1, 0, 3, 2});
      },
      {x});
  BOOST_TEST(evaluate(of_transpose, {x}) == direct, boost::test_tools::per_element());
  BOOST_TEST(op_after(of_transpose, shape)->name == "permute");
  BOOST_TEST(op_after(
                 [](Graph&, const auto& in) {
                   return permute(in[0], {1, 0, 2});
                 },
                 {batch, 1, 4})
                 ->name == "reshape");
}

BOOST_AUTO_TEST_CASE(wrong_axes_are_refused) {
  const auto refused = [](std::initializer_list<int> axes) {
    const std::string text = graph_error([&](Graph& g) {
      (void)permute(g.input("x", {batch, 2, 3}), axes);
    });
    check_contains(text,
                   "[permute] the axes are not a permutation of the tensor's axes: f32[batch");
    check_contains(text, "each axis of the tensor exactly once");
    check_contains(text, "permute_test.cpp");
  };
  refused({0, 1});
  refused({0, 1, 1});
  refused({0, 1, -2});
  refused({0, 1, 3});
  refused({0, 1, 2, 3});
  refused({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13});
}

BOOST_AUTO_TEST_SUITE_END()
